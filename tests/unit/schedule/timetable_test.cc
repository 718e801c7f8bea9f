#include "common/schedule/timetable.h"

#include "common/base/iso_time.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

Timetable by_cron(std::string_view cron, std::string_view zone) {
    return {CronExpression::parse(cron).value(), TimeZone::find(zone).value()};
}

UnixMillis at(std::string_view iso) {
    return parse_iso_time(iso).value();
}

/// The next `count` times, in UTC.
std::vector<std::string> times_of(const Timetable& timetable, std::string_view after, int count) {
    std::vector<std::string> times;
    UnixMillis time = at(after);
    for (int i = 0; i < count; ++i) {
        const auto next = timetable.next(time);
        times.push_back(next ? iso_time(*next) : "never");
        if (!next) break;
        REQUIRE(*next > time);
        time = *next;
    }
    return times;
}

using Lines = std::vector<std::string>;

struct Row {
    const char* zone;
    const char* cron;
    const char* after;
    Lines expected;
};

}  // namespace

TEST_CASE("A time that clocks skip is due once, at the moment after the gap", "[schedule]") {
    const Row row = GENERATE(values<Row>({
        {"Europe/Berlin",
         "30 2 * * *",
         "2026-03-28T00:00:00Z",
         {"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
        {"Europe/Berlin",
         "0,15,30,45 2 * * *",
         "2026-03-28T01:40:00Z",
         {"2026-03-28T01:45:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
        {"Europe/Berlin",
         "0 2,3 * * *",
         "2026-03-29T00:00:00Z",
         {"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
        {"Europe/Berlin",
         "0 */2 * * *",
         "2026-03-28T23:30:00Z",
         {"2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z", "2026-03-29T04:00:00Z"}},
        {"America/New_York",
         "30 2 8 3 *",
         "2026-01-01T00:00:00Z",
         {"2026-03-08T07:00:00Z", "2027-03-08T07:30:00Z"}},
        {"Australia/Lord_Howe",
         "15 2 * * *",
         "2026-10-03T00:00:00Z",
         {"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
        // A whole day was left out.
        {"Pacific/Apia",
         "0 12 * * *",
         "2011-12-29T20:00:00Z",
         {"2011-12-29T22:00:00Z", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"}},
    }));
    INFO(row.zone << " " << row.cron);
    const Timetable timetable = by_cron(row.cron, row.zone);
    CHECK(times_of(timetable, row.after, static_cast<int>(row.expected.size())) == row.expected);
}

TEST_CASE("A time that clocks show twice is due once, at the first", "[schedule]") {
    const Row row = GENERATE(values<Row>({
        {"Europe/Berlin",
         "30 2 * * *",
         "2026-10-24T00:00:00Z",
         {"2026-10-24T00:30:00Z", "2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
        {"Europe/Berlin",
         "0,30 2 * * *",
         "2026-10-25T00:00:00Z",
         {"2026-10-25T00:30:00Z", "2026-10-26T01:00:00Z"}},
        // Asked for within the second pass.
        {"Europe/Berlin", "45 2 * * *", "2026-10-25T01:10:00Z", {"2026-10-26T01:45:00Z"}},
        {"America/New_York",
         "30 1 * * *",
         "2026-11-01T00:00:00Z",
         {"2026-11-01T05:30:00Z", "2026-11-02T06:30:00Z"}},
        {"Australia/Lord_Howe",
         "45 1 * * *",
         "2026-04-04T00:00:00Z",
         {"2026-04-04T14:45:00Z", "2026-04-05T15:15:00Z"}},
    }));
    INFO(row.zone << " " << row.cron);
    const Timetable timetable = by_cron(row.cron, row.zone);
    CHECK(times_of(timetable, row.after, static_cast<int>(row.expected.size())) == row.expected);
}

TEST_CASE("What is due every hour goes on in real time, whatever clocks do", "[schedule]") {
    struct Step {
        const char* zone;
        const char* cron;
        const char* after;
        Millis step;
    };

    const Step row = GENERATE(values<Step>({
        {"Europe/Berlin", "*/15 * * * *", "2026-03-28T22:00:00Z", 15min},
        {"Europe/Berlin", "*/15 * * * *", "2026-10-24T22:00:00Z", 15min},
        {"Europe/Berlin", "10 * * * *", "2026-03-28T22:10:00Z", 1h},
        {"Europe/Berlin", "10 * * * *", "2026-10-24T22:10:00Z", 1h},
        {"America/New_York", "* * * * *", "2026-11-01T03:00:00Z", 1min},
        {"Australia/Lord_Howe", "*/15 * * * *", "2026-04-04T12:00:00Z", 15min},
        {"Australia/Lord_Howe", "*/15 * * * *", "2026-10-03T12:00:00Z", 15min},
    }));
    INFO(row.zone << " " << row.cron);
    const Timetable timetable = by_cron(row.cron, row.zone);
    UnixMillis time = at(row.after);
    for (int i = 0; i < 24; ++i) {
        REQUIRE(timetable.next(time) == time + row.step.count());
        time += row.step.count();
    }
}

TEST_CASE(
    "Clocks that move by half an hour show a minute of the hour twice, or late", "[schedule]"
) {
    const Timetable timetable = by_cron("40 * * * *", "Australia/Lord_Howe");
    CHECK(
        times_of(timetable, "2026-04-04T14:00:00Z", 3) ==
        Lines{"2026-04-04T14:40:00Z", "2026-04-04T15:10:00Z", "2026-04-04T16:10:00Z"}
    );
}

TEST_CASE("Leap days and last days are found in every year", "[schedule]") {
    CHECK(
        times_of(by_cron("0 0 29 2 *", "UTC"), "2026-01-01T00:00:00Z", 3) ==
        Lines{"2028-02-29T00:00:00Z", "2032-02-29T00:00:00Z", "2036-02-29T00:00:00Z"}
    );
    CHECK(
        times_of(by_cron("0 8 29 2 *", "Europe/Berlin"), "2096-03-01T00:00:00Z", 2) ==
        Lines{"2104-02-29T07:00:00Z", "2108-02-29T07:00:00Z"}
    );
}

TEST_CASE("There is an end of time", "[schedule]") {
    for (const char* const cron : {"0 0 29 2 *", "* * * * *", "0 8 * * *"}) {
        for (const char* const zone : {"UTC", "Europe/Berlin", "Pacific/Kiritimati"}) {
            INFO(cron << " " << zone);
            const Timetable timetable = by_cron(cron, zone);
            CHECK_FALSE(timetable.next(kTimetableEnd));
            CHECK_FALSE(timetable.next(kTimetableEnd - 1));
            CHECK(timetable.next(at("9990-01-01T00:00:00Z")));
            CHECK(timetable.next(-1'000'000'000'000) >= 0);
        }
    }
    CHECK_FALSE(Timetable().next(0));
    CHECK_FALSE(Timetable(Millis(6h)).next(kTimetableEnd - 1));
}

TEST_CASE("An interval counts from the epoch, whoever asks and when", "[schedule]") {
    const Timetable timetable(Millis(6h));
    CHECK(
        times_of(timetable, "2026-01-01T05:59:59Z", 3) ==
        Lines{"2026-01-01T06:00:00Z", "2026-01-01T12:00:00Z", "2026-01-01T18:00:00Z"}
    );
    CHECK(timetable.next(at("2026-01-01T06:00:00Z")) == at("2026-01-01T12:00:00Z"));
    CHECK(timetable.next(-5) == 0);
    CHECK(Timetable(Millis(7min)).next(0) == 420'000);
}

TEST_CASE("The latest time of a stretch is found, however long it is", "[schedule]") {
    const Timetable weekly = by_cron("0 15 * * FRI", "Europe/Berlin");
    CHECK(weekly.latest(0, at("2026-01-08T00:00:00Z")) == at("2026-01-02T14:00:00Z"));
    CHECK(weekly.latest(0, at("2026-01-02T14:00:00Z")) == at("2026-01-02T14:00:00Z"));
    CHECK(weekly.latest(0, at("2026-01-02T14:00:00Z") - 1) == at("2025-12-26T14:00:00Z"));
    CHECK_FALSE(weekly.latest(at("2026-01-02T14:00:00Z"), at("2026-01-08T00:00:00Z")));
    CHECK_FALSE(weekly.latest(5, 5));
    CHECK(Timetable(Millis(1h)).latest(-1, 0) == 0);
}

TEST_CASE("Times are shown with the offset of their zone", "[schedule]") {
    CHECK(
        by_cron("@daily", "Europe/Berlin").local_text(at("2026-01-02T08:00:00Z")) ==
        "2026-01-02T09:00:00+01:00"
    );
    CHECK(
        by_cron("@daily", "America/St_Johns").local_text(at("2026-01-02T02:00:00Z")) ==
        "2026-01-01T22:30:00-03:30"
    );
    CHECK(Timetable(Millis(6h)).local_text(0) == "1970-01-01T00:00:00+00:00");
}
