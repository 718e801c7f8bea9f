#include "worker/render/jira_time.h"

#include <fmt/format.h>

#include "common/base/iso_time.h"

namespace pagepress::worker {

namespace {

using std::chrono::days;
using std::chrono::minutes;
using std::chrono::sys_days;
using std::chrono::sys_time;
using std::chrono::year_month_day;

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

}  // namespace

std::optional<JiraTime> parse_jira_time(std::string_view text) {
    if (const auto instant = parse_iso_time(text)) return jira_time_of(*instant);
    const auto midnight = parse_iso_time(std::string(text) + "T00:00Z");
    if (!midnight) return std::nullopt;
    return JiraTime{.date = jira_time_of(*midnight).date, .clock = {}};
}

std::string text_of(const JiraTime& time) {
    return time.clock.empty() ? time.date : fmt::format("{} {} UTC", time.date, time.clock);
}

JiraTime jira_time_of(UnixMillis instant) {
    return time_of(std::chrono::floor<minutes>(sys_time<Millis>(Millis(instant))));
}

}  // namespace pagepress::worker
