// The rule at the end of a time zone's file, which says how its clocks move for ever after.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace pagepress {

/// A stretch of time in which a zone's clocks are at one offset from UTC.
struct ZoneSpan {
    std::chrono::sys_seconds begin;
    std::chrono::sys_seconds end;  ///< first second that does not belong to it
    std::chrono::seconds offset;   ///< local time less UTC
};

/// Beginning and end of what spans cover: the years 0 to 32767, all that std::chrono's calendar and
/// `date` can say.
inline constexpr std::chrono::sys_seconds kZoneBegin =
    std::chrono::sys_days(std::chrono::year(0) / 1 / 1);
inline constexpr std::chrono::sys_seconds kZoneEnd =
    std::chrono::sys_days(std::chrono::year(32767) / 1 / 1);

/// `CET-1CEST,M3.5.0,M10.5.0/3`, as the footer of a TZif file has it (RFC 9636 §3.3; POSIX.1,
/// "TZ"). Immutable.
class ZoneRule {
public:
    /// Reads a rule whose days are of the form `Mm.w.d`, the only one that the database uses. Empty
    /// for anything else.
    static std::optional<ZoneRule> parse(std::string_view text);

    /// The span around `time`.
    [[nodiscard]] ZoneSpan span_at(std::chrono::sys_seconds time) const;

private:
    class Reader;

    /// A day of a year and a time of it, by the clock that ends there.
    struct Change {
        std::chrono::month month{1};
        unsigned week = 1;  ///< 1 … 5; 5 is the last one
        std::chrono::weekday weekday{0};
        std::chrono::seconds time{7200};  ///< may be of another day: -167 to 167 hours

        [[nodiscard]] std::chrono::local_seconds in(std::chrono::year year) const;
    };

    struct Daylight {
        std::chrono::seconds offset{0};
        Change begin;
        Change end;
    };

    std::chrono::seconds standard_offset_{0};
    std::optional<Daylight> daylight_;
};

}  // namespace pagepress
