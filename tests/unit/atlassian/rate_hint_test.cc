#include "worker/atlassian/rate_hint.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

using Headers = std::map<std::string, std::string, std::less<>>;

constexpr UnixMillis kNow = 1'790'769'600'000;  // 2026-09-30T12:00:00Z

struct Hint {
    std::int64_t remaining = 0;
    std::int64_t refill_ms = 0;

    bool operator==(const Hint&) const = default;
};

std::optional<Hint> hint_of(Headers headers) {
    const auto hint =
        rate_hint_of({.status = 200, .body = {}, .headers = std::move(headers)}, kNow);
    if (!hint) return std::nullopt;
    return Hint{.remaining = hint->remaining, .refill_ms = hint->refill.count()};
}

}  // namespace

TEST_CASE("Far from a limit an answer gives no hint", "[rate_hint]") {
    CHECK_FALSE(hint_of({}));
    CHECK_FALSE(hint_of(
        {{"x-ratelimit-limit", "350"},
         {"x-ratelimit-remaining", "70"},
         {"x-ratelimit-reset", "2026-09-30T12:00:01Z"},
         {"x-ratelimit-nearlimit", "false"}}
    ));
    CHECK_FALSE(hint_of({{"ratelimit-policy", R"("global-app-quota";q=65000;w=3600)"}}));
    CHECK_FALSE(hint_of({{"x-ratelimit-limit", "0"}, {"x-ratelimit-remaining", "0"}}));
    CHECK_FALSE(hint_of({{"x-ratelimit-limit", "many"}, {"x-ratelimit-remaining", "-1"}}));
}

TEST_CASE("With less than a fifth left, what is left has to last until the reset", "[rate_hint]") {
    CHECK(
        hint_of(
            {{"x-ratelimit-limit", "350"},
             {"x-ratelimit-remaining", "69"},
             {"x-ratelimit-reset", "2026-09-30T12:00Z"}}
        ) == Hint{69, 1}
    );
    CHECK(
        hint_of(
            {{"x-ratelimit-limit", "65000"},
             {"x-ratelimit-remaining", "100"},
             {"x-ratelimit-reset", "2026-09-30T12:30Z"}}
        ) == Hint{100, 1'800'000}
    );
}

TEST_CASE("The warning counts without any number", "[rate_hint]") {
    CHECK(hint_of({{"x-ratelimit-nearlimit", "true"}}) == Hint{4, 1'000});
    CHECK(
        hint_of({{"x-ratelimit-nearlimit", "True"}, {"x-ratelimit-remaining", "0"}}) ==
        Hint{0, 1'000}
    );
}

TEST_CASE("Data Center tells how fast its bucket fills", "[rate_hint]") {
    CHECK(
        hint_of(
            {{"x-ratelimit-limit", "70"},
             {"x-ratelimit-remaining", "3"},
             {"x-ratelimit-fillrate", "5"},
             {"x-ratelimit-interval-seconds", "1"}}
        ) == Hint{5, 1'000}
    );
}

TEST_CASE("Points are told by the structured header, old name or new", "[rate_hint]") {
    const std::string value = R"("global-app-quota";r=120;t=1847)";
    CHECK(hint_of({{"ratelimit", value}}) == Hint{120, 1'847'000});
    CHECK(hint_of({{"beta-ratelimit", value}}) == Hint{120, 1'847'000});
    CHECK(hint_of({{"ratelimit", R"("q";r=9;t=99999999999)"}}) == Hint{9, 3'600'000});
    CHECK_FALSE(hint_of({{"ratelimit", R"("q";t=9)"}}));
    CHECK(
        hint_of({{"ratelimit", value}, {"x-ratelimit-nearlimit", "true"}}) == Hint{120, 1'847'000}
    );
}

TEST_CASE("A spent quota is told from a burst", "[rate_hint]") {
    const auto is_quota = [](int status, const std::string& reason) {
        return is_quota_spent(
            {.status = status, .body = {}, .headers = {{"ratelimit-reason", reason}}}
        );
    };
    CHECK(is_quota(429, "jira-quota-global-based"));
    CHECK(is_quota(429, "confluence-quota-tenant-based"));
    CHECK_FALSE(is_quota(429, "jira-burst-based"));
    CHECK_FALSE(is_quota(200, "jira-quota-global-based"));
}

TEST_CASE("Numbers beyond any limit are bounded", "[rate_hint]") {
    const auto hint = hint_of(
        {{"x-ratelimit-nearlimit", "true"},
         {"ratelimit", R"("quota";r=9000000000000000000;t=9000000000000000000)"}}
    );
    REQUIRE(hint);
    CHECK(hint->refill_ms <= 3'600'000);
    CHECK(hint->remaining <= 1'000'000'000);
}
