// Cron expressions: a digit for the zone, then the expression. What is read has a next time, is due
// at no other time before it, and moves forward only.
#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "common/base/invariant.h"
#include "common/schedule/timetable.h"
#include "tests/fuzz/fuzz_input.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

constexpr std::array<std::string_view, 6> kZones{
    "UTC",
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Pacific/Apia",
    "America/Nuuk"};
constexpr int kTimes = 5;

const TimeZone& zone_at(std::size_t index) {
    static const auto zones = [] {
        std::array<TimeZone, kZones.size()> found;
        for (std::size_t i = 0; i < kZones.size(); ++i) {
            found.at(i) = TimeZone::find(kZones.at(i)).value_or(TimeZone());
        }
        return found;
    }();
    return zones.at(index);
}

/// A match is the first minute from which on nothing but itself is found.
void check_matches(const CronExpression& cron) {
    std::chrono::local_seconds from = std::chrono::local_days(2026y / 3 / 28);
    for (int i = 0; i < kTimes; ++i) {
        const auto match = cron.next_match(from);
        INVARIANT(match && *match >= from);
        INVARIANT(std::chrono::floor<std::chrono::minutes>(*match) == *match);
        INVARIANT(cron.next_match(*match) == match);
        const auto middle = from + (*match - from) / 2;
        INVARIANT(cron.next_match(middle) == match);
        from = *match + 1s;
    }
}

void check_times(const Timetable& timetable) {
    constexpr UnixMillis kBegin = 1'774'600'000'000;  // two days before clocks go forward in Europe
    UnixMillis time = kBegin;
    for (int i = 0; i < kTimes; ++i) {
        const auto next = timetable.next(time);
        if (!next) return;
        INVARIANT(*next > time && *next % 60'000 == 0);
        INVARIANT(timetable.next(*next - 1) == next);
        INVARIANT(timetable.next(time + (*next - time) / 2) == next || *next == time + 1);
        INVARIANT(timetable.latest(time, *next) == next);
        INVARIANT(!timetable.latest(time, *next - 1));
        INVARIANT(timetable.local_text(*next).size() == 25);
        time = *next;
    }
}

/// The same text as the rule of a zone.
void check_rule(const ZoneRule& rule) {
    const std::chrono::sys_seconds time = std::chrono::sys_days(2050y / 1 / 1);
    const ZoneSpan span = rule.span_at(time);
    INVARIANT(span.begin <= time && time < span.end);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    test::FuzzInput input(data, size);
    const TimeZone& zone = zone_at(input.choice(kZones.size()));
    if (const auto rule = ZoneRule::parse(input.rest())) check_rule(*rule);
    const auto cron = CronExpression::parse(input.rest());
    if (!cron) {
        INVARIANT(!cron.error().message.empty());
        return 0;
    }
    check_matches(*cron);
    check_times(Timetable(*cron, zone));
    return 0;
}
