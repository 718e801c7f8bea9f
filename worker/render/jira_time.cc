#include "worker/render/jira_time.h"

#include <charconv>

#include <fmt/format.h>

namespace pagepress::worker {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year_month_day;

/// Reads a text from its front; every step fails for good once one has failed.
class Scanner {
public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    int digits(std::size_t count) {
        int value = 0;
        if (rest_.size() < count) {
            failed_ = true;
            return 0;
        }
        const char* end = rest_.data() + count;
        const auto parsed = std::from_chars(rest_.data(), end, value);
        if (parsed.ptr != end || parsed.ec != std::errc() || rest_.front() == '-') failed_ = true;
        rest_.remove_prefix(count);
        return value;
    }

    bool skip(char c) {
        if (!rest_.starts_with(c)) return false;
        rest_.remove_prefix(1);
        return true;
    }

    void expect(char c) { failed_ = !skip(c) || failed_; }

    void skip_digits() {
        while (!rest_.empty() && rest_.front() >= '0' && rest_.front() <= '9') {
            rest_.remove_prefix(1);
        }
    }

    [[nodiscard]] bool failed() const { return failed_; }

    [[nodiscard]] bool is_done() const { return rest_.empty() && !failed_; }

private:
    std::string_view rest_;
    bool failed_ = false;
};

std::string date_text(const year_month_day& date) {
    return fmt::format(
        "{:04}-{:02}-{:02}",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
}

JiraTime time_of(sys_time<minutes> instant) {
    const sys_days day = std::chrono::floor<days>(instant);
    const std::int64_t minute = (instant - day).count();
    return {
        .date = date_text(year_month_day(day)),
        .clock = fmt::format("{:02}:{:02}", minute / 60, minute % 60),
    };
}

/// Minutes east of UTC; the scanner fails where there is no offset.
minutes scan_offset(Scanner& scanner) {
    if (scanner.skip('Z')) return minutes(0);
    const bool west = scanner.skip('-');
    if (!west) scanner.expect('+');
    const int hour = scanner.digits(2);
    scanner.skip(':');
    const minutes east = hours(hour) + minutes(scanner.digits(2));
    return west ? -east : east;
}

}  // namespace

std::optional<JiraTime> parse_jira_time(std::string_view text) {
    Scanner scanner(text);
    const int year = scanner.digits(4);
    scanner.expect('-');
    const int month = scanner.digits(2);
    scanner.expect('-');
    const int day = scanner.digits(2);
    if (scanner.failed()) return std::nullopt;
    const year_month_day date{
        std::chrono::year(year),
        std::chrono::month(static_cast<unsigned>(month)),
        std::chrono::day(static_cast<unsigned>(day)),
    };
    if (!date.ok()) return std::nullopt;
    if (scanner.is_done()) return JiraTime{.date = date_text(date), .clock = {}};

    scanner.expect('T');
    const int hour = scanner.digits(2);
    scanner.expect(':');
    const int minute = scanner.digits(2);
    scanner.expect(':');
    static_cast<void>(scanner.digits(2));
    if (scanner.skip('.')) scanner.skip_digits();
    const minutes offset = scan_offset(scanner);
    if (!scanner.is_done() || hour > 23 || minute > 59) return std::nullopt;
    return time_of(sys_days(date) + hours(hour) + minutes(minute) - offset);
}

std::string text_of(const JiraTime& time) {
    return time.clock.empty() ? time.date : fmt::format("{} {} UTC", time.date, time.clock);
}

JiraTime jira_time_of(UnixMillis instant) {
    return time_of(std::chrono::floor<minutes>(sys_time<Millis>(Millis(instant))));
}

}  // namespace pagepress::worker
