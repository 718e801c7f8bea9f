// Gates by themselves: when they close, for how long, who goes first, and what is told.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr Endpoint kReads = Endpoint::kConfluenceReads;
constexpr Endpoint kWrites = Endpoint::kConfluenceWrites;

using Told = std::vector<std::string>;

/// Gates of a site `acme`; presses are named by their keys.
class Gates {
public:
    /// Whether a press may begin; it runs until `end`.
    bool begin(const std::string& key) {
        return !gates.begin("acme", key, clock.steady_now()).has_value();
    }

    void end(const std::string& key) { gates.end("acme", key); }

    void fail(const std::string& page, Endpoint endpoint = kWrites) {
        gates.note_error(
            "acme", endpoint, page, {.code = ErrorCode::kUnavailable, .message = "503"}
        );
    }

    /// Failures of so many calls of different pages.
    void fail_times(int count) {
        for (int i = 0; i < count; ++i) fail("page " + std::to_string(i));
    }

    void ask_to_wait(std::optional<Millis> wait, Endpoint endpoint = kWrites) {
        gates.note_error(
            "acme",
            endpoint,
            "page",
            {.code = ErrorCode::kRateLimited, .message = "429", .retry_after = wait}
        );
    }

    /// How long the site is left alone from now on; 0: not at all.
    Millis closed_for() {
        const auto gate = gates.closed("acme");
        return gate ? std::chrono::ceil<Millis>(gate->until - clock.steady_now()) : Millis(0);
    }

    /// Lets the time of the closed gate pass.
    void wait_out() { clock.now += closed_for().count(); }

    ManualClock clock;
    CountingRandom random;
    Metrics metrics;
    Catalog catalog;
    FakeSharedGates shared;
    SiteGates gates{
        {.clock = clock,
         .random = random,
         .metrics = metrics,
         .catalog = catalog,
         .shared = &shared}};
};

}  // namespace

TEST_CASE("Failures in a row close a gate, and a success in between begins anew", "[gates]") {
    Gates site;
    site.fail_times(4);
    site.gates.note_success("acme", kWrites);
    site.fail_times(4);
    CHECK(site.closed_for() == Millis(0));
    CHECK(site.begin("a"));
    site.fail("page 4");
    CHECK(site.closed_for() >= Millis(1'400));
    CHECK(site.closed_for() <= Millis(2'600));
    CHECK_FALSE(site.begin("b"));
    CHECK(site.shared.told == Told{"close acme confluence_writes"});
}

TEST_CASE("Each endpoint counts its own failures", "[gates]") {
    Gates site;
    site.fail_times(4);
    site.gates.note_success("acme", kReads);
    site.fail("page 4", Endpoint::kJira);
    CHECK(site.closed_for() == Millis(0));
    site.fail("page 4");
    REQUIRE(site.gates.closed("acme"));
    CHECK(site.gates.closed("acme")->endpoint == kWrites);
    CHECK_FALSE(site.gates.turn_away("acme", kReads));
    CHECK(site.gates.turn_away("acme", kWrites));
}

TEST_CASE("A single page whose calls fail closes no gate", "[gates]") {
    Gates site;
    for (int i = 0; i < 50; ++i) site.fail("poisoned");
    CHECK(site.closed_for() == Millis(0));
    site.fail("another");
    CHECK(site.closed_for() > Millis(0));
}

TEST_CASE("What a site answers to one page shows that it works", "[gates]") {
    Gates site;
    for (int i = 0; i < 20; ++i) {
        site.fail_times(4);
        site.gates.note_error(
            "acme", kWrites, "page", {.code = ErrorCode::kConflict, .message = "409"}
        );
    }
    CHECK(site.closed_for() == Millis(0));
}

TEST_CASE("A failure that states a wait closes the gate at once for that time", "[gates]") {
    Gates site;
    site.gates.note_error(
        "acme",
        kReads,
        "page",
        {.code = ErrorCode::kUnavailable, .message = "503", .retry_after = Millis(120'000)}
    );
    CHECK(site.closed_for() == Millis(120'000));
    CHECK(site.gates.closed("acme")->kind == GateKind::kFailing);
}

TEST_CASE("After a failure one press goes first, and the others wait for it", "[gates]") {
    Gates site;
    site.fail_times(5);
    site.wait_out();
    REQUIRE(site.begin("probe"));
    CHECK_FALSE(site.begin("other"));
    SECTION("its success lets them go, a few more with each success") {
        site.gates.note_success("acme", kWrites);
        CHECK(site.shared.told.back() == "open acme confluence_writes");
        CHECK_FALSE(site.begin("other"));  // the probe still runs
        site.end("probe");
        CHECK(site.begin("other"));
        CHECK_FALSE(site.begin("third"));
        site.gates.note_success("acme", kReads);
        CHECK(site.begin("third"));
        CHECK_FALSE(site.begin("fourth"));
        for (int i = 0; i < 100; ++i) site.gates.note_success("acme", kReads);
        for (int i = 0; i < 100; ++i) CHECK(site.begin("press " + std::to_string(i)));
    }
    SECTION("its failure closes the gate for longer") {
        site.fail("any");
        CHECK(site.closed_for() >= Millis(2'800));
        CHECK(site.closed_for() <= Millis(5'200));
        site.end("probe");
        CHECK_FALSE(site.begin("other"));
        site.wait_out();
        CHECK(site.begin("other"));
    }
    SECTION("if it calls nothing, the next one goes, and the next failure closes the gate") {
        site.end("probe");
        CHECK(site.begin("other"));
        site.fail("any");
        CHECK(site.closed_for() >= Millis(2'800));
    }
    SECTION("if it never ends, they wait no longer than for the longest call") {
        site.clock.now += 30'000;
        CHECK(site.begin("other"));
    }
}

TEST_CASE("A call that was under way when its gate closed changes nothing", "[gates]") {
    Gates site;
    site.fail_times(5);
    const Millis before = site.closed_for();
    site.gates.note_success("acme", kWrites);
    site.fail_times(20);
    CHECK(site.closed_for() == before);
    CHECK(site.shared.told.size() == 1);
}

TEST_CASE("A gate's waits double up to the longest one, jittered", "[gates]") {
    Gates site;
    site.fail_times(5);
    for (int i = 0; i < 20; ++i) {
        site.wait_out();
        site.fail("any");
    }
    CHECK(site.closed_for() >= Millis(42'000));
    CHECK(site.closed_for() <= Millis(60'000));
    site.wait_out();
    site.gates.note_success("acme", kWrites);
    site.fail_times(5);
    CHECK(site.closed_for() <= Millis(2'600));
}

TEST_CASE("A site that asks to wait is left alone for just as long", "[gates]") {
    Gates site;
    site.ask_to_wait(Millis(7'000));
    CHECK(site.closed_for() == Millis(7'000));
    SECTION("all presses may go then, one after the other at first") {
        site.clock.now += 7'000;
        CHECK(site.begin("a"));
        CHECK_FALSE(site.begin("b"));
        site.gates.note_success("acme", kReads);
        CHECK(site.begin("b"));
    }
    SECTION("calls that were under way together do not add up") {
        site.clock.now += 40;
        site.ask_to_wait(Millis(7'000));
        CHECK(site.shared.told.size() == 1);
        site.ask_to_wait(Millis(9'000));
        CHECK(site.closed_for() == Millis(9'000));
    }
}

TEST_CASE(
    "A site that does not say how long to wait is left alone for longer each time", "[gates]"
) {
    Gates site;
    site.ask_to_wait(std::nullopt);
    CHECK(site.closed_for() >= Millis(1'400));
    CHECK(site.closed_for() <= Millis(2'600));
    for (int i = 0; i < 10; ++i) {
        site.wait_out();
        site.ask_to_wait(std::nullopt);
    }
    CHECK(site.closed_for() == Millis(30'000));
    site.wait_out();
    site.gates.note_success("acme", kWrites);
    site.ask_to_wait(Millis(0));
    CHECK(site.closed_for() >= Millis(350));
}

TEST_CASE("A spent quota stops every call to the site", "[gates]") {
    Gates site;
    site.gates.note_quota(
        "acme",
        {.code = ErrorCode::kRateLimited, .message = "quota", .retry_after = Millis(1'847'000)}
    );
    for (const Endpoint endpoint : kEndpoints) {
        CHECK(site.gates.turn_away("acme", endpoint));
    }
    CHECK_FALSE(site.gates.closed("other"));
}

TEST_CASE(
    "Rejected credentials close all gates, and one good login opens its product's", "[gates]"
) {
    Gates site;
    site.gates.note_credentials("acme", "401");
    CHECK(site.shared.told.size() == 3);
    CHECK(site.closed_for() >= Millis(7'000));
    CHECK(site.metrics.text().contains(
        R"(pagepress_credentials_rejected{endpoint="jira",site="acme"} 1)"
    ));
    site.gates.note_credentials("acme", "401");
    CHECK(site.shared.told.size() == 3);
    site.wait_out();
    REQUIRE(site.begin("probe"));
    site.gates.note_success("acme", kReads);
    CHECK(site.metrics.text().contains(
        R"(pagepress_credentials_rejected{endpoint="confluence_writes",site="acme"} 0)"
    ));
    CHECK_FALSE(site.begin("other"));
    site.gates.note_success("acme", Endpoint::kJira);
    CHECK(site.shared.told.size() == 6);
    site.end("probe");
    CHECK(site.begin("other"));
}

TEST_CASE("Whoever mirrors a gate of another worker does not tell of it", "[gates]") {
    Gates site;
    site.gates.mirror(
        "acme",
        {.endpoint = kWrites,
         .kind = GateKind::kFailing,
         .closings = 3,
         .reason = "503",
         .wait = Millis(9'000)}
    );
    CHECK(site.closed_for() == Millis(9'000));
    CHECK(site.shared.told.empty());
    site.wait_out();
    REQUIRE(site.begin("probe"));
    site.fail("any");
    CHECK(site.shared.last.closings == 4);
    CHECK(site.closed_for() >= Millis(11'200));
}

TEST_CASE("A press that becomes the probe of all workers tells what became of it", "[gates]") {
    Gates site;
    REQUIRE(site.begin("probe"));
    site.gates.adopt_probe(
        "acme", "probe", {.endpoint = kWrites, .kind = GateKind::kFailing, .closings = 2}
    );
    CHECK_FALSE(site.begin("other"));
    SECTION("it succeeds") {
        site.gates.note_success("acme", kWrites);
        CHECK(site.shared.told == Told{"open acme confluence_writes"});
    }
    SECTION("it does not call") {
        site.end("probe");
        CHECK(site.shared.told == Told{"open acme confluence_writes"});
    }
    SECTION("it fails") {
        site.fail("any");
        CHECK(site.shared.told == Told{"close acme confluence_writes"});
        CHECK(site.shared.last.closings == 3);
    }
}

TEST_CASE("A gate that stays closed for long holds no press up", "[gates]") {
    Gates site;
    site.ask_to_wait(Millis(31'000));
    for (int i = 0; i < 100; ++i) {
        CHECK(site.begin("press"));  // which is turned away, and its jobs leave the memory
        site.end("press");
    }
    site.clock.now += 1'001;
    CHECK_FALSE(site.begin("press"));
}

TEST_CASE("Gates are told in metrics, by site and endpoint", "[gates]") {
    Gates site;
    site.fail_times(5);
    CHECK_FALSE(site.begin("a"));
    (void)site.gates.turn_away("acme", kWrites);
    const std::string text = site.metrics.text();
    const std::string labels = R"({endpoint="confluence_writes",site="acme"})";
    CHECK(text.contains("pagepress_gate_turned_away_total" + labels + " 1"));
    CHECK(text.contains("pagepress_gate_closed_until_seconds" + labels + " 17900000"));
    CHECK(text.contains(R"(pagepress_site_holds_total{reason="gate",site="acme"} 1)"));
    CHECK(text.contains(
        R"(pagepress_gate_closed_total{endpoint="confluence_writes",kind="failing",site="acme"} 1)"
    ));
}
