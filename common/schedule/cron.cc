#include "common/schedule/cron.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

using std::chrono::days;
using std::chrono::local_days;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::months;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr year kLastYear{9999};
constexpr unsigned kDaysOfWeek = 7;

constexpr std::array<std::string_view, 12> kMonthNames{
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<std::string_view, 7> kDayNames{
    "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};

constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kShorthands{{
    {"@hourly", "0 * * * *"},
    {"@daily", "0 0 * * *"},
    {"@midnight", "0 0 * * *"},
    {"@weekly", "0 0 * * 0"},
    {"@monthly", "0 0 1 * *"},
    {"@yearly", "0 0 1 1 *"},
    {"@annually", "0 0 1 1 *"},
}};

constexpr bool has_bit(std::uint64_t bits, unsigned value) {
    return (bits >> value & 1U) != 0;
}

std::string quoted(std::string_view text) {
    return "'" + std::string(text) + "'";
}

std::vector<std::string_view> words_of(std::string_view text) {
    constexpr std::string_view kBlanks = " \t";
    std::vector<std::string_view> words;
    while (true) {
        const std::size_t begin = text.find_first_not_of(kBlanks);
        if (begin == std::string_view::npos) return words;
        text.remove_prefix(begin);
        const std::size_t end = std::min(text.find_first_of(kBlanks), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(end);
    }
}

/// Cuts everything before `separator` off `text`; all of it if there is none.
std::string_view cut(std::string_view& text, char separator) {
    const std::size_t end = text.find(separator);
    const std::string_view taken = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    return taken;
}

std::optional<unsigned> number_from(std::string_view text) {
    unsigned number = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end) return std::nullopt;
    return number;
}

}  // namespace

/// Reads one field into a set of values.
struct CronExpression::Field {
    std::string_view title;
    unsigned low;
    unsigned high;
    std::span<const std::string_view> names;

    [[nodiscard]] std::unexpected<Error> problem(std::string_view what) const {
        std::string message = "has in its " + std::string(title) + " field ";
        message.append(what).append("; allowed is ").append(std::to_string(low)).append("-");
        message.append(std::to_string(high));
        if (!names.empty()) {
            message.append(" or ").append(names.front()).append("-").append(names.back());
        }
        return fail(ErrorCode::kInvalidInput, std::move(message));
    }

    /// A number or a name. As the end of a range SUN is 7, so that FRI-SUN is a range.
    [[nodiscard]] Result<unsigned> value(std::string_view text, bool is_range_end = false) const {
        const auto name = std::ranges::find(names, upper_cased(text));
        if (name != names.end()) {
            const auto index = static_cast<unsigned>(name - names.begin());
            const bool is_closing_sunday = is_range_end && index == 0 && low == 0;
            return is_closing_sunday ? kDaysOfWeek : low + index;
        }
        const auto number = number_from(text);
        if (number && *number >= low && *number <= high) return *number;
        if (text.find_first_of("\"'") != std::string_view::npos) {
            return problem(std::string(text) + " with quotes, which do not belong there");
        }
        return problem(text.empty() ? "nothing where a value must be" : quoted(text));
    }

    [[nodiscard]] Result<unsigned> step(std::string_view text) const {
        const auto number = number_from(text);
        if (number && *number >= 1 && *number <= high) return *number;
        return problem("the step " + quoted(text) + ", which must be 1-" + std::to_string(high));
    }

    /// `*`, `a`, `a-b`, with a step or without.
    [[nodiscard]] Result<std::uint64_t> item(std::string_view text) const {
        const bool has_step = text.find('/') != std::string_view::npos;
        std::string_view step_text = text;
        std::string_view range = cut(step_text, '/');
        const bool has_end = range.find('-') != std::string_view::npos;
        if (has_step && !has_end && range != "*") {
            return problem("a step behind " + quoted(range) + ", which is neither * nor a range");
        }
        unsigned first = low;
        unsigned last = high;
        if (range != "*") {
            std::string_view end = range;
            const auto begin = value(cut(end, '-'));
            if (!begin) return std::unexpected(begin.error());
            const auto closing = has_end ? value(end, true) : begin;
            if (!closing) return std::unexpected(closing.error());
            first = *begin;
            last = *closing;
        }
        if (first > last) return problem("the range " + quoted(range) + ", which runs backwards");
        const auto width = has_step ? step(step_text) : Result<unsigned>(1U);
        if (!width) return std::unexpected(width.error());
        std::uint64_t bits = 0;
        for (unsigned at = first; at <= last; at += *width) bits |= std::uint64_t{1} << at;
        return bits;
    }

    [[nodiscard]] Result<std::uint64_t> read(std::string_view text) const {
        std::uint64_t bits = 0;
        std::string_view rest = text;
        do {
            const bool ends_open = rest.ends_with(',');
            const auto one = item(cut(rest, ','));
            if (!one) return one;
            bits |= *one;
            if (rest.empty() && ends_open) return problem("a comma with nothing behind it");
        } while (!rest.empty());
        return bits;
    }
};

Result<CronExpression> CronExpression::parse(std::string_view text) {
    if (text.size() > kCronBytesMax) {
        return fail(
            ErrorCode::kInvalidInput,
            "must not be longer than " + std::to_string(kCronBytesMax) + " characters"
        );
    }
    if (!text.starts_with('@')) return parse_fields(text);
    for (const auto& [name, fields] : kShorthands) {
        if (name == lower_cased(text)) return parse_fields(fields);
    }
    return fail(
        ErrorCode::kInvalidInput,
        "is " + quoted(text) +
            "; of the words with @, allowed are @hourly, @daily, @midnight, @weekly, @monthly, "
            "@yearly and @annually"
    );
}

Result<CronExpression> CronExpression::parse_fields(std::string_view text) {
    const auto words = words_of(text);
    if (words.size() != 5) {
        return fail(
            ErrorCode::kInvalidInput,
            "has " + std::to_string(words.size()) +
                " fields; it must have five: minute, hour, day of month, month, day of week"
        );
    }
    const std::array<Field, 5> fields{{
        {"minute", 0, 59, {}},
        {"hour", 0, 23, {}},
        {"day-of-month", 1, 31, {}},
        {"month", 1, 12, kMonthNames},
        {"day-of-week", 0, 7, kDayNames},
    }};
    CronExpression cron;
    const std::array targets{
        &cron.minutes_, &cron.hours_, &cron.month_days_, &cron.months_, &cron.weekdays_};
    for (std::size_t i = 0; i < fields.size(); ++i) {
        const auto bits = fields[i].read(words[i]);
        if (!bits) return std::unexpected(bits.error());
        *targets[i] = *bits;
    }
    if (has_bit(cron.weekdays_, kDaysOfWeek)) cron.weekdays_ |= 1U;
    const bool is_restricted_twice = !words[2].starts_with('*') && !words[4].starts_with('*');
    cron.day_rule_ = is_restricted_twice ? DayRule::kEither : DayRule::kBoth;
    // The calendar repeats every 400 years, weekdays included.
    if (!cron.search(local_days(year(2000) / 1 / 1), year(2400))) {
        return fail(ErrorCode::kInvalidInput, "names a day that no month of it ever has");
    }
    return cron;
}

bool CronExpression::has_every_hour() const {
    return std::popcount(hours_) == 24;
}

bool CronExpression::matches(local_days day) const {
    const bool is_month_day =
        has_bit(month_days_, static_cast<unsigned>(year_month_day(day).day()));
    const bool is_weekday = has_bit(weekdays_, std::chrono::weekday(day).c_encoding());
    return day_rule_ == DayRule::kEither ? is_month_day || is_weekday : is_month_day && is_weekday;
}

std::optional<minutes> CronExpression::next_minute(minutes from) const {
    const auto first_hour = static_cast<unsigned>(from.count() / 60);
    auto first_minute = static_cast<unsigned>(from.count() % 60);
    for (unsigned hour = first_hour; hour < 24; ++hour) {
        const std::uint64_t left = has_bit(hours_, hour) ? minutes_ >> first_minute : 0;
        if (left != 0) {
            const auto minute = first_minute + static_cast<unsigned>(std::countr_zero(left));
            return std::chrono::hours(hour) + minutes(minute);
        }
        first_minute = 0;
    }
    return std::nullopt;
}

std::optional<local_seconds> CronExpression::next_match(local_seconds from) const {
    return search(from, kLastYear);
}

std::optional<local_seconds> CronExpression::search(local_seconds from, year last_year) const {
    const auto first_minute = std::chrono::ceil<minutes>(from);
    auto day = std::chrono::floor<days>(first_minute);
    auto from_minute = std::chrono::duration_cast<minutes>(first_minute - day);
    while (true) {
        const year_month_day date(day);
        if (date.year() > last_year) return std::nullopt;
        if (!has_bit(months_, static_cast<unsigned>(date.month()))) {
            day = local_days((date.year() / date.month() + months(1)) / 1);
            from_minute = minutes(0);
            continue;
        }
        const auto minute = matches(day) ? next_minute(from_minute) : std::nullopt;
        if (minute) return day + *minute;
        day += days(1);
        from_minute = minutes(0);
    }
}

}  // namespace pagepress
