// When a schedule is due: a cron expression in a time zone, or a fixed interval. Pure functions of
// time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "common/base/clock.h"
#include "common/schedule/cron.h"
#include "common/schedule/time_zone.h"

namespace pagepress {

/// No time of a timetable is in the year 10000 or later, and none before 1970.
inline constexpr UnixMillis kTimetableEnd = 253'402'300'800'000;

/// The nominal times of a schedule, as instants. Immutable, any thread.
///
/// Where clocks are moved (daylight saving time), a cron expression
/// - whose every hour matches (`*/15 * * * *`) is due whenever the clock shows such a time:
///   no hole, no doubling, as long as clocks move by whole hours;
/// - that names hours (`30 2 * * *`) is due once for each local time that it names: a time that
///   clocks skip at the moment after the gap, a time that they show twice at the first of both.
/// This is what crontab(5) promises for "jobs that run at a specific time" and "jobs that run more
/// frequently".
class Timetable {
public:
    /// Never due.
    Timetable() = default;

    Timetable(CronExpression cron, TimeZone zone);

    /// Due at the multiples of `every` since the epoch (1970-01-01T00:00:00Z), whoever asks.
    /// @param every  above 0
    explicit Timetable(Millis every);

    /// First time later than `after`; empty if there is none before `kTimetableEnd`.
    [[nodiscard]] std::optional<UnixMillis> next(UnixMillis after) const;

    /// Last time in (after, until]; empty if there is none.
    [[nodiscard]] std::optional<UnixMillis> latest(UnixMillis after, UnixMillis until) const;

    /// `time` as clocks of the zone show it: `2026-01-02T09:00:00+01:00`. UTC for intervals.
    [[nodiscard]] std::string local_text(UnixMillis time) const;

private:
    struct ByCron {
        CronExpression cron;
        TimeZone zone;
    };

    struct ByInterval {
        Millis every;
    };

    static std::optional<UnixMillis> next_of(const ByCron& due, UnixMillis after);

    std::variant<std::monostate, ByCron, ByInterval> due_;
};

}  // namespace pagepress
