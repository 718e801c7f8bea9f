#include "ingress/triggers/site_limits.h"

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

using Seconds = std::chrono::seconds;

Site site_with(std::string id, std::optional<int> calls_per_minute) {
    Site site;
    site.id = std::move(id);
    site.calls_per_minute = calls_per_minute;
    return site;
}

}  // namespace

TEST_CASE("A site may make a minute's calls at once, and then one by one", "[ingress]") {
    SiteLimits limits;
    const Site site = site_with("acme", 6);
    SteadyTime now(std::chrono::hours(1));
    for (int i = 0; i < 6; ++i) CHECK_FALSE(limits.take(site, now).has_value());
    CHECK(limits.take(site, now) == Seconds(10));
    now += std::chrono::milliseconds(9'001);
    CHECK(limits.take(site, now) == Seconds(1));
    now += Seconds(1);
    CHECK_FALSE(limits.take(site, now).has_value());
    CHECK(limits.take(site, now).has_value());
    now += std::chrono::hours(5);
    for (int i = 0; i < 6; ++i) CHECK_FALSE(limits.take(site, now).has_value());
    CHECK(limits.take(site, now).has_value());
}

TEST_CASE("Sites do not share a limit, and a changed limit holds at once", "[ingress]") {
    SiteLimits limits;
    const SteadyTime now(std::chrono::hours(1));
    CHECK_FALSE(limits.take(site_with("acme", 1), now).has_value());
    CHECK(limits.take(site_with("acme", 1), now) == Seconds(60));
    CHECK_FALSE(limits.take(site_with("other", 1), now).has_value());
    CHECK_FALSE(limits.take(site_with("acme", std::nullopt), now).has_value());
    CHECK(limits.take(site_with("acme", 60), now) == Seconds(1));
    CHECK_FALSE(limits.take(site_with("acme", 60), now + Seconds(1)).has_value());
}

TEST_CASE("Over its site's limit a call is 429; without a key nobody uses it up", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.fixture().put(
        "site/acme",
        R"({"jira_url":"https://j.example","confluence_url":"https://c.example/wiki",)"
        R"("auth":"basic","secret_file":"/s","calls_per_minute":2})"
    );
    const auto call = [&](std::string_view key, std::string_view issue = "A-1") {
        SocketClient client(ingress.port());
        return client.exchange(
            "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=" + std::string(issue) +
            " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(key) + "\r\n\r\n"
        );
    };
    for (int i = 0; i < 5; ++i) CHECK(call("guess").status == 403);
    for (int i = 0; i < 5; ++i) CHECK(call(kRuleKey, "bad").status == 400);
    CHECK(call(kRuleKey).status == 202);
    CHECK(call(kRuleKey).status == 202);
    const RawResponse over = call(kRuleKey);
    CHECK(over.status == 429);
    CHECK(over.header("Retry-After") == "30");
    CHECK(over.header("Content-Type") == "application/problem+json");
    CHECK(call("guess").status == 403);
    ingress.clock().advance(Millis(30'000));
    ingress.fixture().catalog().confirm(ingress.clock().steady_now());
    CHECK(call(kRuleKey).status == 202);
    CHECK(call(kRuleKey).status == 429);
}
