#include "common/base/iso_time.h"

#include "tests/support/catch.h"

using namespace pagepress;

TEST_CASE("A time is written in UTC to the second, rounded down", "[common]") {
    CHECK(iso_time(0) == "1970-01-01T00:00:00Z");
    CHECK(iso_time(1'709'251'199'999) == "2024-02-29T23:59:59Z");
    CHECK(iso_time(1'709'251'200'000) == "2024-03-01T00:00:00Z");
    CHECK(iso_time(-1) == "1969-12-31T23:59:59Z");
    CHECK(iso_time(253'402'300'799'000) == "9999-12-31T23:59:59Z");
}

TEST_CASE("ISO times of all forms in use are read", "[iso_time]") {
    CHECK(parse_iso_time("1970-01-01T00:00:00.000Z") == 0);
    CHECK(parse_iso_time("2026-09-30T12:00:00.250Z") == 1'790'769'600'250);
    CHECK(parse_iso_time("2026-09-30T12:00:00Z") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T12:00Z") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T14:30:00.000+0230") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T09:00:00.000-03:00") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T12:00:00.1239Z") == 1'790'769'600'123);
}

TEST_CASE("What is no ISO time is not read as one", "[iso_time]") {
    for (const char* text :
         {"",
          "2026-09-30",
          "2026-13-30T12:00:00Z",
          "2026-02-30T12:00:00Z",
          "2026-09-30T24:00:00Z",
          "2026-09-30T12:00:00",
          "2026-09-30T12:00:00.Z",
          "2026-09-30T12:00:00Zx",
          "yesterday"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_iso_time(text));
    }
}
