// A rule's press where nothing goes wrong, and how it ends where its input is.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("The first press creates the page and makes its identity durable", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    const auto result = world.press({job});
    REQUIRE(result.results.size() == 1);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: Fix login");
    CHECK(world.rule_page().body.starts_with("<p>Fix login</p>"));
    const auto& property = world.jira.issues["10042"].properties.at("pagepress.release");
    CHECK(property.at("page").as_string() == world.rule_page().id);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A later press updates the page in two calls when the version is known", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Fix logout");
    world.confluence.calls = world.jira.calls = 0;
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: Fix logout");
    CHECK(world.rule_page().version == 2);
    CHECK(world.confluence.calls + world.jira.calls == 2);
}

TEST_CASE("An unchanged page gets no version", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.version == 1);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE("Waiting jobs of one page are completed by one press", "[press]") {
    World world;
    const Job first = world.trigger_rule();
    const Job second = world.trigger_rule("10042");
    const auto result = world.press({first, second});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[1].verdict == Verdict::kCoalesced);
    CHECK(result.results[1].status.pressed_by == first.id);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE("A title taken on an update keeps the old title and writes the body", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.confluence.add_page("PROJ-42: Taken", "<p>other</p>");
    world.set_summary("Taken");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.reason.starts_with("the page keeps its old title"));
    const Page& page = world.confluence.pages.at(result.results[0].status.page_id);
    CHECK(page.title == "PROJ-42: Fix login");
    CHECK(page.body == "<p>Taken</p>");

    SECTION("and an unchanged issue makes no further version") {
        const auto again = world.press({world.trigger_rule()});
        CHECK(again.results[0].verdict == Verdict::kDone);
        CHECK(again.results[0].status.reason.starts_with("the page keeps its old title"));
        CHECK(page.version == 2);
    }
    SECTION("and it has its title once that is free") {
        for (auto& [id, other] : world.confluence.pages) {
            if (other.body == "<p>other</p>") other.title = "Something else";
        }
        world.press({world.trigger_rule()});
        CHECK(page.title == "PROJ-42: Taken");
    }
}

TEST_CASE("Lost credentials close the gate and spend no attempt", "[press]") {
    World world;
    world.jira.knows_us = false;
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.gates.closed("acme"));
    world.jira.knows_us = true;
    const int calls = world.jira.calls;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.jira.calls == calls);
    world.clock.now += 13'000;  // ten seconds, jittered
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.attempts == 1);
}

TEST_CASE("Credentials lost with many jobs waiting close the gate once", "[press]") {
    World world;
    world.jira.knows_us = false;
    world.press({world.trigger_rule(), world.trigger_rule(), world.trigger_rule()});
    CHECK(
        world.shared_gates.told ==
        std::vector<std::string>{
            "close acme confluence_reads", "close acme confluence_writes", "close acme jira"}
    );
}

TEST_CASE("Whoever reads that the shared gate is closed does not close it again", "[press]") {
    World world;
    world.memory.closed_gate = SharedGate{
        .endpoint = Endpoint::kConfluenceWrites,
        .kind = GateKind::kAsked,
        .closings = 1,
        .reason = "asked to wait",
        .wait = Millis(5000),
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(result.results[0].status.attempts == 0);
    CHECK(result.not_before == world.clock.steady_now() + Millis(5000));
    CHECK(world.shared_gates.told.empty());
    REQUIRE(world.gates.closed("acme"));
    CHECK(world.gates.closed("acme")->reason == "asked to wait");
}

TEST_CASE("Retry-After is obeyed", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.write_faults = {WriteFault::kRateLimited};
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(result.not_before >= world.clock.steady_now() + Millis(7000));
}

TEST_CASE("An issue that does not exist is dead, and says so", "[press]") {
    World world;
    const auto result = world.press({world.trigger_rule("PROJ-404")});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].code == ErrorCode::kNotFound);
}

TEST_CASE("Templates that cannot give a page are dead with the reason", "[press]") {
    const auto reason_of = [](const std::string& rule) {
        World world;
        world.put_rule(rule);
        const auto result = world.press({world.trigger_rule()});
        CHECK(result.results[0].verdict == Verdict::kDead);
        return result.results[0].status.reason;
    };
    CHECK(reason_of(R"({"site":"acme","unknown_placeholder":"fail",)"
                    R"("page":{"space":"DOC","title":"$#Key","body":"<p>$#{Sumary}</p>"}})")
              .contains("Sumary"));
    CHECK(reason_of(
              R"({"site":"acme","page":{"space":"DOC","title":"$#Key","body":"<p>$#Key</div>"}})"
    )
              .contains("row 1"));
}

TEST_CASE("A rule deleted since the trigger skips its jobs", "[press]") {
    World world;
    world.put_rule("");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSkipped);
}

TEST_CASE("A job waits for the catalog it was accepted under", "[press]") {
    World world;
    Job job = world.trigger_rule();
    job.catalog_offset = world.catalog.position() + 1;
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.catalog.advance_to(job.catalog_offset);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("A job of a catalog that is gone is judged by the one that is there", "[press]") {
    World world;
    Job job = world.trigger_rule();
    job.catalog_offset = world.catalog.position() + 1000;
    world.catalog.confirm(world.clock.steady_now());
    auto result = world.press({job});
    // The catalog was whole before this worker saw the job: the rest may be on its way.
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.clock.now += 60'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.catalog.confirm(world.clock.steady_now());
    SECTION("and pressed") {
        result = world.press_again(std::move(result));
        CHECK(result.results[0].verdict == Verdict::kDone);
    }
    SECTION("and skipped, where its rule is gone with it") {
        world.put_rule("");
        result = world.press_again(std::move(result));
        CHECK(result.results[0].verdict == Verdict::kSkipped);
    }
    SECTION("beside one that must wait still") {
        Job other = world.trigger_rule();
        other.catalog_offset = job.catalog_offset;
        WaitingJob fresh;
        fresh.job = other;
        result = world.press_waiting({result.results[0].job, fresh});
        CHECK(result.results[0].verdict == Verdict::kSnooze);
        CHECK(result.results[1].verdict == Verdict::kSnooze);
    }
}

TEST_CASE("A site that was switched off since the trigger skips its jobs", "[press]") {
    World world;
    const Job rule = world.trigger_rule();
    const Job snapshot = world.trigger_snapshot();
    world.switch_site_off();
    for (const Job& job : {rule, snapshot}) {
        const auto result = world.press({job});
        CHECK(result.results[0].verdict == Verdict::kSkipped);
        CHECK(result.results[0].status.reason.contains("site acme was switched off"));
        CHECK(world.memory.jobs.at(job.id).state == JobState::kSkipped);
    }
    CHECK(world.jira.calls == 0);
    CHECK(world.rule_page_count() == 0);
}

TEST_CASE("Attempts end in a dead letter", "[press]") {
    World world;
    world.limits.attempts_max = 3;
    auto result = world.press({world.trigger_rule("PROJ-404-X")});
    world.jira.next_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    result = world.press({world.trigger_rule()});
    for (int attempt = 1; attempt < 3; ++attempt) {
        CHECK(result.results[0].verdict == Verdict::kRetry);
        CHECK(result.not_before > world.clock.steady_now());
        world.jira.next_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
        result = world.press_again(std::move(result));
    }
    CHECK(result.results[0].verdict == Verdict::kDead);
}
