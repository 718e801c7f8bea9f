#include "common/base/duration.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

TEST_CASE("Lengths of time are read with their units, the largest first", "[duration]") {
    CHECK(parse_duration("30m").value() == 30min);
    CHECK(parse_duration("1h30m").value() == 90min);
    CHECK(parse_duration("45s").value() == 45s);
    CHECK(parse_duration("2d").value() == 48h);
    CHECK(parse_duration("1d2h3m4s5ms").value() == 26h + 3min + 4s + 5ms);
    CHECK(parse_duration("90m").value() == 90min);
    CHECK(parse_duration("0s").value() == 0ms);
    CHECK(parse_duration("366d").value() == kDurationMax);
}

TEST_CASE("What is no length of time is refused", "[duration]") {
    for (const char* text :
         {"",
          "30",
          "m",
          "30M",
          "30 m",
          " 30m",
          "30m ",
          "-30m",
          "+30m",
          "1.5h",
          "30m1h",
          "1h1h",
          "1h30",
          "30min",
          "1w",
          "h30",
          "0x1m"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_duration(text));
    }
}

TEST_CASE("A length of time over a year is refused, however many digits it has", "[duration]") {
    for (const char* text : {"367d", "366d1ms", "9223372036854775807d", "99999999999999999999s"}) {
        CAPTURE(text);
        const auto refused = parse_duration(text);
        REQUIRE_FALSE(refused);
        CHECK(refused.error().message == "must not be longer than 366 days");
    }
}

TEST_CASE("A length of time is written in the form that is read", "[duration]") {
    CHECK(duration_text(0ms) == "0s");
    CHECK(duration_text(90min) == "1h30m");
    CHECK(duration_text(24h) == "1d");
    CHECK(duration_text(1500ms) == "1s500ms");
}
