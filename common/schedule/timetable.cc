#include "common/schedule/timetable.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"
#include "common/base/iso_time.h"

namespace pagepress {

namespace {

using std::chrono::local_seconds;
using std::chrono::seconds;
using std::chrono::sys_seconds;

local_seconds local_of(sys_seconds time, seconds offset) {
    return local_seconds(time.time_since_epoch() + offset);
}

/// Every time at which clocks show what matches.
std::optional<sys_seconds> next_by_clock(
    const CronExpression& cron, const TimeZone& zone, sys_seconds after
) {
    sys_seconds at = after + seconds(1);
    while (true) {
        const ZoneSpan span = zone.span_at(at);
        const auto local = cron.next_match(local_of(at, span.offset));
        if (!local) return std::nullopt;
        const sys_seconds time(local->time_since_epoch() - span.offset);
        if (time < span.end) return time;
        at = span.end;
    }
}

/// Each local time that matches, once. `instant_of` never goes back as the local time goes on, so
/// the first one that is later than `after` is the next.
std::optional<sys_seconds> next_by_calendar(
    const CronExpression& cron, const TimeZone& zone, sys_seconds after
) {
    local_seconds local = local_of(after, zone.span_at(after).offset);
    while (true) {
        const auto match = cron.next_match(local + seconds(1));
        if (!match) return std::nullopt;
        const sys_seconds time = zone.instant_of(*match);
        if (time > after) return time;
        local = *match;
    }
}

}  // namespace

Timetable::Timetable(CronExpression cron, TimeZone zone)
    : due_(ByCron{.cron = cron, .zone = std::move(zone)}) {}

Timetable::Timetable(Millis every) : due_(ByInterval{.every = every}) {
    INVARIANT(every > Millis(0));
}

std::optional<UnixMillis> Timetable::next(UnixMillis after) const {
    after = std::max<UnixMillis>(after, -1);
    std::optional<UnixMillis> time;
    if (const auto* interval = std::get_if<ByInterval>(&due_)) {
        const UnixMillis every = interval->every.count();
        time = after < 0 ? 0 : (after / every + 1) * every;
    } else if (const auto* by_cron = std::get_if<ByCron>(&due_)) {
        time = next_of(*by_cron, after);
    }
    return time && *time < kTimetableEnd ? time : std::nullopt;
}

std::optional<UnixMillis> Timetable::next_of(const ByCron& due, UnixMillis after) {
    if (after >= kTimetableEnd) return std::nullopt;
    const auto from = std::chrono::floor<seconds>(std::chrono::sys_time<Millis>(Millis(after)));
    const auto time = due.cron.has_every_hour() ? next_by_clock(due.cron, due.zone, from)
                                                : next_by_calendar(due.cron, due.zone, from);
    if (!time) return std::nullopt;
    return std::chrono::duration_cast<Millis>(time->time_since_epoch()).count();
}

/// `next(t) <= until` holds for every t before the time that is looked for and for none from it on.
std::optional<UnixMillis> Timetable::latest(UnixMillis after, UnixMillis until) const {
    const auto is_before = [&](UnixMillis time) {
        const auto following = next(time);
        return following && *following <= until;
    };
    if (after >= until || !is_before(after)) return std::nullopt;
    UnixMillis low = after;
    UnixMillis high = until;
    while (high - low > 1) {
        const UnixMillis middle = low + (high - low) / 2;
        (is_before(middle) ? low : high) = middle;
    }
    return high;
}

std::string Timetable::local_text(UnixMillis time) const {
    const auto* by_cron = std::get_if<ByCron>(&due_);
    const sys_seconds at{std::chrono::floor<seconds>(Millis(time))};
    const seconds offset = by_cron == nullptr ? seconds(0) : by_cron->zone.span_at(at).offset;
    std::string text = iso_time(time + Millis(offset).count());
    text.pop_back();  // Z
    const auto two_digits = [](std::int64_t number) {
        return std::string(number < 10 ? "0" : "") + std::to_string(number);
    };
    const std::int64_t in_minutes = std::abs(offset.count()) / 60;
    text.append(offset < seconds(0) ? "-" : "+").append(two_digits(in_minutes / 60)).append(":");
    return text.append(two_digits(in_minutes % 60));
}

}  // namespace pagepress
