// Percent-encoding and Retry-After.
#include "common/http_client/http_client.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

/// 1994-11-06 08:49:37 UTC, the date of RFC 9110 §5.6.7.
const std::chrono::system_clock::time_point kNow{784'111'777s};

}  // namespace

TEST_CASE("Everything but unreserved characters is percent-encoded", "[http_text]") {
    CHECK(percent_encoded("aZ09-._~") == "aZ09-._~");
    CHECK(percent_encoded("a b/c?d=e&f%") == "a%20b%2Fc%3Fd%3De%26f%25");
    CHECK(percent_encoded("\xC3\xA4") == "%C3%A4");
}

TEST_CASE("Retry-After is read as seconds", "[http_text]") {
    CHECK(parse_retry_after("0", kNow) == 0ms);
    CHECK(parse_retry_after(" 120 ", kNow) == 120'000ms);
}

TEST_CASE("Retry-After is read as an HTTP date", "[http_text]") {
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:47 GMT", kNow) == 10'000ms);
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:38 GMT", kNow - 500ms) == 1'500ms);
}

TEST_CASE("A Retry-After date in the past means now", "[http_text]") {
    CHECK(parse_retry_after("Sun, 06 Nov 1994 08:49:07 GMT", kNow) == 0ms);
}

TEST_CASE("An absurd Retry-After is clamped to an hour", "[http_text]") {
    CHECK(parse_retry_after("9223372036854775807", kNow) == 3'600'000ms);
    CHECK(parse_retry_after("99999999999999999999999999", kNow) == 3'600'000ms);
    CHECK(parse_retry_after("Sun, 06 Nov 2094 08:49:37 GMT", kNow) == 3'600'000ms);
}

TEST_CASE("What is no Retry-After value is not read as one", "[http_text]") {
    const auto value = GENERATE(
        as<std::string>(),
        "",
        "soon",
        "-1",
        "1.5",
        "Sun, 31 Feb 1994 08:49:37 GMT",
        "Sun, 06 Nov 1994 25:49:37 GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Sun, 06 Nov",
        "Sun, 06 Nov 1994 08:49:37 GMT x"
    );
    CAPTURE(value);
    CHECK_FALSE(parse_retry_after(value, kNow));
}
