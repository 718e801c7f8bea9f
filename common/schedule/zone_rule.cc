#include "common/schedule/zone_rule.h"

#include <algorithm>
#include <array>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

using std::chrono::hours;
using std::chrono::local_seconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_seconds;
using std::chrono::year;

}  // namespace

/// Takes a rule from the front of a text; once something is wrong, it stays so.
class ZoneRule::Reader {
public:
    explicit Reader(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool is_wrong() const { return is_wrong_; }

    [[nodiscard]] bool is_at_end() const { return rest_.empty(); }

    [[nodiscard]] bool is_at(char c) const { return rest_.starts_with(c); }

    bool take(char c) {
        if (!is_at(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) {
        if (!take(c)) is_wrong_ = true;
    }

    /// `CET` or `<+0330>`.
    void name() {
        const bool is_quoted = take('<');
        std::size_t length = 0;
        while (length < rest_.size() &&
               (is_quoted ? rest_[length] != '>' : is_letter(rest_[length]))) {
            ++length;
        }
        rest_.remove_prefix(length);
        if (length < 3) is_wrong_ = true;
        if (is_quoted) expect('>');
    }

    unsigned number(unsigned low, unsigned high) {
        unsigned value = 0;
        std::size_t digits = 0;
        while (digits < rest_.size() && digits < 3 && is_digit(rest_[digits])) {
            value = value * 10 + static_cast<unsigned>(rest_[digits++] - '0');
        }
        rest_.remove_prefix(digits);
        if (digits == 0 || value < low || value > high) is_wrong_ = true;
        return value;
    }

    /// `-3`, `10:30`, `+5:45:30`.
    seconds time() {
        const bool is_negative = take('-');
        if (!is_negative) take('+');
        seconds time = hours(number(0, 167));
        if (take(':')) time += minutes(number(0, 59));
        if (take(':')) time += seconds(number(0, 59));
        return is_negative ? -time : time;
    }

    /// `,M3.5.0/-1`.
    Change change() {
        expect(',');
        expect('M');
        Change change;
        change.month = std::chrono::month(number(1, 12));
        expect('.');
        change.week = number(1, 5);
        expect('.');
        change.weekday = std::chrono::weekday(number(0, 6));
        if (take('/')) change.time = time();
        return change;
    }

private:
    std::string_view rest_;
    bool is_wrong_ = false;
};

std::optional<ZoneRule> ZoneRule::parse(std::string_view text) {
    Reader reader(text);
    ZoneRule rule;
    reader.name();
    rule.standard_offset_ = -reader.time();  // the text says how far UTC is ahead
    if (!reader.is_wrong() && !reader.is_at_end()) {
        reader.name();
        Daylight daylight{.offset = rule.standard_offset_ + hours(1), .begin = {}, .end = {}};
        if (!reader.is_at(',')) daylight.offset = -reader.time();
        daylight.begin = reader.change();
        daylight.end = reader.change();
        rule.daylight_ = daylight;
    }
    if (reader.is_wrong() || !reader.is_at_end()) return std::nullopt;
    return rule;
}

local_seconds ZoneRule::Change::in(year in_year) const {
    using std::chrono::local_days;
    const local_days day = week == 5 ? local_days(in_year / month / weekday[std::chrono::last])
                                     : local_days(in_year / month / weekday[week]);
    return day + time;
}

ZoneSpan ZoneRule::span_at(sys_seconds time) const {
    if (!daylight_) return {.begin = kZoneBegin, .end = kZoneEnd, .offset = standard_offset_};

    struct Turn {
        sys_seconds at;
        seconds offset_after;
    };

    const auto instant = [](local_seconds local, seconds offset) {
        return sys_seconds(local.time_since_epoch() - offset);
    };
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(time));
    std::array<Turn, 6> turns{};
    std::size_t count = 0;
    for (int i = -1; i <= 1; ++i) {
        const year in_year = date.year() + std::chrono::years(i);
        turns[count++] = {
            instant(daylight_->begin.in(in_year), standard_offset_), daylight_->offset};
        turns[count++] = {instant(daylight_->end.in(in_year), daylight_->offset), standard_offset_};
    }
    std::ranges::sort(turns, {}, &Turn::at);
    const auto* const next = std::ranges::upper_bound(turns, time, {}, &Turn::at);
    const auto* const last = next - 1;
    return {.begin = last->at, .end = next->at, .offset = last->offset_after};
}

}  // namespace pagepress
