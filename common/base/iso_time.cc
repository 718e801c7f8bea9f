#include "common/base/iso_time.h"

#include <algorithm>
#include <chrono>
#include <cstddef>

#include <fmt/format.h>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

/// From left to right.
struct Reader {
    std::string_view rest;
    bool good = true;

    bool take(char c) {
        if (rest.empty() || rest.front() != c) return false;
        rest.remove_prefix(1);
        return true;
    }

    void expect(char c) { good = take(c) && good; }

    int number(std::size_t digits) {
        int value = 0;
        for (std::size_t i = 0; i < digits; ++i) {
            if (rest.empty() || !is_digit(rest.front())) {
                good = false;
                return 0;
            }
            value = value * 10 + (rest.front() - '0');
            rest.remove_prefix(1);
        }
        return value;
    }

    /// Milliseconds of a fraction of any length.
    int fraction() {
        int millis = 0;
        int weight = 100;
        good = good && !rest.empty() && is_digit(rest.front());
        while (!rest.empty() && is_digit(rest.front())) {
            millis += (rest.front() - '0') * weight;
            weight /= 10;
            rest.remove_prefix(1);
        }
        return millis;
    }

    /// Minutes east of UTC.
    int zone() {
        if (take('Z')) return 0;
        const int sign = take('-') ? -1 : 1;
        if (sign == 1) expect('+');
        const int hours = number(2);
        static_cast<void>(take(':'));
        return sign * (hours * 60 + number(2));
    }
};

}  // namespace

std::string iso_time(UnixMillis time) {
    const std::chrono::sys_time<Millis> point{Millis(time)};
    const auto day = std::chrono::floor<std::chrono::days>(point);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss of_day(std::chrono::floor<std::chrono::seconds>(point - day));
    return fmt::format(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day()),
        of_day.hours().count(),
        of_day.minutes().count(),
        of_day.seconds().count()
    );
}

std::optional<UnixMillis> parse_iso_time(std::string_view text) {
    namespace chrono = std::chrono;
    Reader reader{text};
    const int year = reader.number(4);
    reader.expect('-');
    const int month = reader.number(2);
    reader.expect('-');
    const int day = reader.number(2);
    reader.expect('T');
    const int hour = reader.number(2);
    reader.expect(':');
    const int minute = reader.number(2);
    const int second = reader.take(':') ? reader.number(2) : 0;
    const int millis = reader.take('.') ? reader.fraction() : 0;
    const int zone_minutes = reader.zone();
    const auto date = chrono::year(year) / chrono::month(static_cast<unsigned>(month)) /
                      chrono::day(static_cast<unsigned>(day));
    const bool is_time = hour < 24 && minute < 60 && second <= 60;
    if (!reader.good || !reader.rest.empty() || !date.ok() || !is_time) return std::nullopt;
    const auto time = chrono::sys_days(date) + chrono::hours(hour) +
                      chrono::minutes(minute - zone_minutes) + chrono::seconds(second) +
                      chrono::milliseconds(millis);
    return chrono::duration_cast<Millis>(time.time_since_epoch()).count();
}

}  // namespace pagepress
