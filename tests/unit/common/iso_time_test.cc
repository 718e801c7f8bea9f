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
