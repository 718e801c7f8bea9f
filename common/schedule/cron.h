// Cron expressions: five fields as crontab(5) has them, matched against a local calendar.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "common/base/error.h"

namespace pagepress {

/// Longest text of a cron expression.
inline constexpr std::size_t kCronBytesMax = 200;

/// Which minutes of which days are meant; knows no time zone. Immutable.
///
/// Fields: minute (0–59), hour (0–23), day of month (1–31), month (1–12 or JAN–DEC), day of week
/// (0–7 or SUN–SAT; 0 and 7 are Sunday), with blanks between. A field is `*`, a number or name, a
/// range `a-b`, a list of these with commas, and behind `*` or a range a step `/n`. Names may be of
/// either case. Or one of @hourly @daily @midnight @weekly @monthly @yearly @annually.
///
/// Where both day fields are restricted, that is, neither begins with `*`, a day matches if either
/// of them does; else if both do (crontab(5), "The day of a command's execution").
class CronExpression {
public:
    /// @errors  kInvalidInput  names the field and what is allowed there; also for an expression
    ///                         that no day ever matches (`0 0 31 2 *`). The message does not name
    ///                         the member it stood in
    static Result<CronExpression> parse(std::string_view text);

    /// First minute at or after `from` that matches; empty if there is none before the year 10000.
    [[nodiscard]] std::optional<std::chrono::local_seconds> next_match(
        std::chrono::local_seconds from
    ) const;

    /// Whether every hour of a day matches: then the times go on with the clock, and a clock that
    /// is moved by whole hours leaves no hole in them.
    [[nodiscard]] bool has_every_hour() const;

private:
    struct Field;

    CronExpression() = default;

    static Result<CronExpression> parse_fields(std::string_view text);
    [[nodiscard]] bool matches(std::chrono::local_days day) const;
    [[nodiscard]] std::optional<std::chrono::minutes> next_minute(std::chrono::minutes from) const;
    [[nodiscard]] std::optional<std::chrono::local_seconds> search(
        std::chrono::local_seconds from, std::chrono::year last_year
    ) const;

    // Bit n stands for the value n.
    std::uint64_t minutes_ = 0;
    std::uint64_t hours_ = 0;
    std::uint64_t month_days_ = 0;
    std::uint64_t months_ = 0;
    std::uint64_t weekdays_ = 0;
    enum class DayRule { kEither, kBoth } day_rule_ = DayRule::kBoth;
};

}  // namespace pagepress
