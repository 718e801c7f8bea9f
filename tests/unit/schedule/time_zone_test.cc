#include "common/schedule/time_zone.h"

#include "common/base/iso_time.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono;

namespace {

sys_seconds at(std::string_view iso) {
    return sys_seconds(floor<seconds>(Millis(parse_iso_time(iso).value())));
}

hours offset_at(const TimeZone& zone, std::string_view iso) {
    return duration_cast<hours>(zone.span_at(at(iso)).offset);
}

}  // namespace

TEST_CASE("A zone's offset changes with its clocks", "[schedule]") {
    const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
    CHECK(berlin.name() == "Europe/Berlin");
    CHECK(offset_at(berlin, "2026-03-29T00:59:59Z") == 1h);
    CHECK(offset_at(berlin, "2026-03-29T01:00:00Z") == 2h);
    CHECK(offset_at(berlin, "2026-10-25T00:59:59Z") == 2h);
    CHECK(offset_at(berlin, "2026-10-25T01:00:00Z") == 1h);
    const ZoneSpan summer = berlin.span_at(at("2026-07-01T00:00:00Z"));
    CHECK(summer.begin == at("2026-03-29T01:00:00Z"));
    CHECK(summer.end == at("2026-10-25T01:00:00Z"));
    CHECK(
        TimeZone::find("Australia/Lord_Howe")->span_at(at("2026-07-01T00:00:00Z")).offset ==
        10h + 30min
    );
    CHECK(offset_at(TimeZone(), "2026-07-01T00:00:00Z") == 0h);
    CHECK(offset_at(TimeZone::find("UTC").value(), "2026-07-01T00:00:00Z") == 0h);
}

TEST_CASE("Clocks go on being moved behind the last change that the database lists", "[schedule]") {
    const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
    CHECK(offset_at(berlin, "2037-12-01T00:00:00Z") == 1h);
    CHECK(offset_at(berlin, "2038-07-01T00:00:00Z") == 2h);
    CHECK(offset_at(berlin, "2100-01-01T00:00:00Z") == 1h);
    CHECK(offset_at(berlin, "2100-07-01T00:00:00Z") == 2h);
    CHECK(offset_at(berlin, "2100-03-28T00:59:59Z") == 1h);
    CHECK(offset_at(berlin, "2100-03-28T01:00:00Z") == 2h);
    // The southern summer is in two years.
    const TimeZone sydney = TimeZone::find("Australia/Sydney").value();
    CHECK(offset_at(sydney, "2050-01-01T00:00:00Z") == 11h);
    CHECK(offset_at(sydney, "2050-07-01T00:00:00Z") == 10h);
    CHECK(offset_at(sydney, "2050-12-31T23:59:59Z") == 11h);
    CHECK(offset_at(TimeZone::find("Asia/Tokyo").value(), "2050-07-01T00:00:00Z") == 9h);
}

TEST_CASE("Spans have no gaps, also where the rule takes over", "[schedule]") {
    for (const char* const name :
         {"Europe/Berlin",
          "America/New_York",
          "Australia/Lord_Howe",
          "Africa/Casablanca",
          "America/Nuuk",
          "Europe/Dublin",
          "Asia/Kolkata"}) {
        INFO(name);
        const TimeZone zone = TimeZone::find(name).value();
        sys_seconds time = at("1970-01-01T00:00:00Z");
        while (time < at("2150-01-01T00:00:00Z")) {
            const ZoneSpan span = zone.span_at(time);
            REQUIRE(span.begin <= time);
            REQUIRE(time < span.end);
            const ZoneSpan at_last = zone.span_at(std::min(span.end, kZoneEnd) - 1s);
            REQUIRE(at_last.offset == span.offset);
            REQUIRE(at_last.end == span.end);
            time = span.end;
        }
    }
}

TEST_CASE("A local time is the first moment that shows it, or the end of the gap", "[schedule]") {
    const TimeZone berlin = TimeZone::find("Europe/Berlin").value();
    const auto local = [](year_month_day date, minutes minute) {
        return local_days(date) + minute;
    };
    CHECK(berlin.instant_of(local(2026y / 3 / 29, 90min)) == at("2026-03-29T00:30:00Z"));
    CHECK(berlin.instant_of(local(2026y / 3 / 29, 120min)) == at("2026-03-29T01:00:00Z"));
    CHECK(berlin.instant_of(local(2026y / 3 / 29, 150min)) == at("2026-03-29T01:00:00Z"));
    CHECK(berlin.instant_of(local(2026y / 3 / 29, 180min)) == at("2026-03-29T01:00:00Z"));
    CHECK(berlin.instant_of(local(2026y / 10 / 25, 150min)) == at("2026-10-25T00:30:00Z"));
    CHECK(berlin.instant_of(local(2026y / 10 / 25, 180min)) == at("2026-10-25T02:00:00Z"));
    // Samoa left out 30 December 2011.
    const TimeZone apia = TimeZone::find("Pacific/Apia").value();
    CHECK(apia.instant_of(local(2011y / 12 / 30, 720min)) == at("2011-12-30T10:00:00Z"));
}

TEST_CASE("A name that the database does not have is refused", "[schedule]") {
    for (const char* const name :
         {"",
          "Europe/Belrin",
          "../../etc/passwd",
          "/etc/localtime",
          "tzdata.zi",
          "CEST",
          "+01:00",
          "Europe/",
          "Europe"}) {
        INFO(name);
        const auto zone = TimeZone::find(name);
        REQUIRE_FALSE(zone);
        CHECK(zone.error().code == ErrorCode::kInvalidInput);
        CHECK(zone.error().message.find("is no time zone") == 0);
    }
}

TEST_CASE("A rule is read as POSIX and RFC 9636 write it", "[schedule]") {
    const auto offset = [](std::string_view rule, std::string_view iso) {
        const auto parsed = ZoneRule::parse(rule);
        REQUIRE(parsed);
        return duration_cast<minutes>(parsed->span_at(at(iso)).offset).count();
    };
    CHECK(offset("EST5EDT,M3.2.0,M11.1.0", "2026-01-01T00:00:00Z") == -300);
    CHECK(offset("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T06:59:59Z") == -300);
    CHECK(offset("EST5EDT,M3.2.0,M11.1.0", "2026-03-08T07:00:00Z") == -240);
    CHECK(offset("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T05:59:59Z") == -240);
    CHECK(offset("EST5EDT,M3.2.0,M11.1.0", "2026-11-01T06:00:00Z") == -300);
    CHECK(offset("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-01-01T00:00:00Z") == 660);
    CHECK(offset("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", "2026-06-01T00:00:00Z") == 630);
    // Clocks of Greenland are moved on the evening before, those of Ireland back in winter.
    CHECK(offset("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T00:59:59Z") == -120);
    CHECK(offset("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", "2026-03-29T01:00:00Z") == -60);
    CHECK(offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-01-01T00:00:00Z") == 0);
    CHECK(offset("IST-1GMT0,M10.5.0,M3.5.0/1", "2026-07-01T00:00:00Z") == 60);
    CHECK(offset("<+0330>-3:30", "2026-07-01T00:00:00Z") == 210);
    for (const char* const wrong :
         {"",
          "C",
          "CET",
          "CET-1CEST",
          "CET-1CEST,M3.5.0",
          "CET-1CEST,M3.6.0,M10.5.0",
          "CET-1CEST,M13.5.0,M10.5.0",
          "CET-1CEST,M3.5.7,M10.5.0",
          "CET-1CEST,M3.5.0,M10.5.0x",
          "CET-1CEST,M3.5.0/168,M10.5.0",
          "<CET-1",
          "CET-1CEST,J60,J300",
          "CET-1CEST-2M3.5.0"}) {
        INFO(wrong);
        CHECK_FALSE(ZoneRule::parse(wrong));
    }
}
