#include "ingress/settings.h"

#include <algorithm>
#include <string>
#include <vector>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;

namespace {

struct Read {
    IngressSettings settings;
    std::vector<std::string> problems;
};

Read read(const std::vector<std::string>& flags) {
    auto parsed = parse_options(ingress_options(), flags, {});
    Read read{.settings = read_settings(parsed.values, parsed.problems), .problems = {}};
    read.problems = std::move(parsed.problems);
    return read;
}

}  // namespace

TEST_CASE("Events of Jira may be larger than other calls, up to a bound of their own") {
    const auto defaults = read({});
    CHECK(defaults.problems.empty());
    CHECK(defaults.settings.http.body_bytes_max == 262'144);
    REQUIRE(defaults.settings.http.body_limits.size() == 1);
    CHECK(defaults.settings.http.body_limits[0].path_prefix == "/v1/events/jira/");
    CHECK(defaults.settings.http.body_limits[0].bytes_max == 1'048'576);
    const auto chosen = read({"--event-bytes-max", "5000000"});
    CHECK(chosen.problems.empty());
    CHECK(chosen.settings.http.body_limits[0].bytes_max == 5'000'000);
}

TEST_CASE("An event that could never be received is a problem at the start") {
    const auto bad = read({"--event-bytes-max", "1000000", "--buffer-bytes-max", "1000000"});
    REQUIRE(bad.problems.size() == 1);
    CHECK(bad.problems[0].find("--event-bytes-max") != std::string::npos);
    CHECK(read({"--event-bytes-max", "1000000", "--buffer-bytes-max", "1008192"}).problems.empty());
}
