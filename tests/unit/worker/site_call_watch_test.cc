#include "worker/limits/site_call_watch.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

class FixedClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(Millis(now)); }

    [[nodiscard]] UnixMillis unix_now() const override { return now; }

    UnixMillis now = 1'790'000'000'000;
};

struct Calls {
    FixedClock clock;
    SystemRandom random;
    Metrics metrics;
    Catalog catalog;
    GatePorts ports{.clock = clock, .random = random, .metrics = metrics, .catalog = catalog};
    SiteGates gates{ports};
    SiteCallWatch watch{ports, gates, "acme", SiteCallWatch::Product::kConfluence};

    void answer(HttpAnswer answer) {
        watch.begin_call(CallKind::kWrite);
        watch.end_call(CallKind::kWrite, &answer);
    }
};

}  // namespace

TEST_CASE("Requests are counted by site, endpoint and status", "[site_calls]") {
    Calls calls;
    calls.answer({.status = 200, .body = {}, .headers = {}});
    calls.watch.begin_call(CallKind::kRead);
    calls.watch.end_call(CallKind::kRead, nullptr);
    const std::string text = calls.metrics.text();
    CHECK(text.contains(
        R"(pagepress_site_requests_total{endpoint="confluence_writes",site="acme",status="200"} 1)"
    ));
    CHECK(text.contains(
        R"(pagepress_site_requests_total{endpoint="confluence_reads",site="acme",status="none"} 1)"
    ));
}

TEST_CASE("A spent quota closes all gates of the site until its reset", "[site_calls]") {
    Calls calls;
    calls.answer(
        {.status = 429,
         .body = {},
         .headers =
             {{"retry-after", "1847"}, {"ratelimit-reason", "confluence-quota-tenant-based"}}}
    );
    for (const Endpoint endpoint : kEndpoints) {
        const auto gate = calls.gates.turn_away("acme", endpoint);
        REQUIRE(gate);
        CHECK(gate->until == calls.clock.steady_now() + std::chrono::seconds(1847));
    }
}

TEST_CASE("A hint of a limit holds the next press up, a 429 does so by its gate", "[site_calls]") {
    Calls calls;
    calls.answer({.status = 429, .body = {}, .headers = {{"x-ratelimit-nearlimit", "true"}}});
    CHECK_FALSE(calls.gates.begin("acme", "a", calls.clock.steady_now()));
    calls.answer({.status = 200, .body = {}, .headers = {{"x-ratelimit-nearlimit", "true"}}});
    CHECK(calls.gates.begin("acme", "b", calls.clock.steady_now()));
}

TEST_CASE("Requests that a press makes are counted against the site's limit", "[site_calls]") {
    Calls calls;
    calls.catalog.apply(
        "site/acme",
        R"({"jira_url":"https://j.test","confluence_url":"https://c.test/wiki","auth":"basic",)"
        R"("secret_file":"/s","limits":{"requests_per_second":1}})",
        0
    );
    const auto now = calls.clock.steady_now();
    REQUIRE_FALSE(calls.gates.begin("acme", "a", now));
    for (int i = 0; i < 5; ++i) calls.answer({.status = 200, .body = {}, .headers = {}});
    const auto held = calls.gates.begin("acme", "b", now);
    REQUIRE(held);
    CHECK(*held == now + std::chrono::seconds(5));
}
