// Presses and gates: whose attempts are spent when a site fails, asks to wait or does not know us.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// Ten issues, a job for each.
std::vector<Job> jobs_of_ten_issues(World& world) {
    std::vector<Job> jobs;
    for (int i = 0; i < 10; ++i) {
        const std::string id = "2000" + std::to_string(i);
        Issue issue = world.jira.issues.at("10042");
        issue.id = id;
        issue.key = "PROJ-2" + std::to_string(i);
        world.jira.issues[id] = issue;
        jobs.push_back(world.trigger_rule(id));
    }
    return jobs;
}

Error away() {
    return {.code = ErrorCode::kUnavailable, .message = "GET answered 503"};
}

}  // namespace

TEST_CASE("A site that is down spends few attempts, however many jobs wait", "[press][gates]") {
    World world;
    const std::vector<Job> jobs = jobs_of_ten_issues(world);
    int spent = 0;
    int calls = 0;
    for (int round = 0; round < 30; ++round) {
        for (const Job& job : jobs) {
            world.jira.next_error = away();
            const int before = world.jira.calls;
            const auto result = world.press({job});
            calls += world.jira.calls - before;
            CHECK(result.results[0].verdict != Verdict::kDead);
            if (result.results[0].verdict == Verdict::kRetry) ++spent;
        }
        world.clock.now += 100;
    }
    CHECK(spent == 4);  // the fifth closed the gate
    CHECK(calls < 10);
    SECTION("and all of them go on when it is back") {
        world.clock.now += 600'000;
        world.jira.next_error.reset();
        for (const Job& job : jobs) {
            const auto result = world.press({job});
            CHECK(result.results[0].verdict == Verdict::kDone);
            CHECK(result.results[0].status.attempts <= 2);
        }
    }
}

TEST_CASE("A probe that fails spends no attempt of its job", "[press][gates]") {
    World world;
    const std::vector<Job> jobs = jobs_of_ten_issues(world);
    for (const Job& job : jobs) {
        world.jira.next_error = away();
        world.press({job});
    }
    for (int i = 0; i < 50; ++i) {
        world.clock.now += 80'000;
        world.jira.next_error = away();
        const auto result = world.press({jobs[0]});
        CHECK(result.results[0].verdict == Verdict::kSnooze);
        CHECK(result.results[0].status.attempts == 1);
        CHECK(result.not_before > world.clock.steady_now() + Millis(1'000));
    }
}

TEST_CASE("A single page that fails for ever is given up, and holds nobody up", "[press][gates]") {
    World world;
    const std::vector<Job> jobs = jobs_of_ten_issues(world);
    std::optional<Verdict> last;
    for (int i = 0; i < 12; ++i) {
        world.jira.next_error = away();
        last = world.press({jobs[0]}).results[0].verdict;
        world.clock.now += 60'000;
    }
    CHECK(last == Verdict::kDead);
    CHECK(world.press({jobs[1]}).results[0].verdict == Verdict::kDone);
}

TEST_CASE("A running press does not call what is closed, and goes on later", "[press][gates]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.gates.mirror(
        "acme",
        {.endpoint = Endpoint::kConfluenceWrites,
         .kind = GateKind::kFailing,
         .closings = 1,
         .reason = "503",
         .wait = Millis(2'000)}
    );
    GatedConfluence confluence(
        world.confluence, world.gates, world.clock, {.site = "acme", .page = "p"}
    );
    const std::string page_id = world.rule_page().id;
    CHECK(confluence.page(page_id, 0));
    const auto refused =
        confluence.update({.id = page_id, .title = "T", .body = "", .version = 2, .message = ""});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kNotYet);
    CHECK(refused.error().retry_after == Millis(2'000));
    CHECK(world.rule_page().version == 1);
}

TEST_CASE("An issue that takes no more writes stops its own page alone", "[press][gates]") {
    World world;
    world.jira.next_link_error =
        Error{.code = ErrorCode::kNotYet, .message = "429 per issue", .retry_after = Millis(2'000)};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(result.not_before == world.clock.steady_now() + Millis(2'000));
    CHECK_FALSE(world.gates.closed("acme"));
    world.clock.now += 2'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE(
    "An empty result of lost credentials opens no gate and replaces nothing", "[press][gates]"
) {
    World world;
    world.press({world.trigger_snapshot()});
    const std::string before = world.confluence.pages.at(world.snapshot_page).body;
    world.jira.knows_us = false;
    for (int i = 0; i < 5; ++i) {
        const auto result = world.press({world.trigger_snapshot()});
        CHECK(result.results[0].verdict == Verdict::kSnooze);
        REQUIRE(world.gates.closed("acme"));
        CHECK(world.gates.closed("acme")->kind == GateKind::kCredentials);
        world.clock.now += 80'000;
    }
    CHECK(world.shared_gates.last.closings == 5);
    CHECK(world.confluence.pages.at(world.snapshot_page).body == before);
    world.jira.knows_us = true;
    CHECK(world.press({world.trigger_snapshot()}).results[0].verdict == Verdict::kDone);
}

TEST_CASE(
    "The press that Redis makes the probe tells the others of its success", "[press][gates]"
) {
    World world;
    world.memory.probes = {
        {.endpoint = Endpoint::kConfluenceWrites, .kind = GateKind::kFailing, .closings = 2}};
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(world.shared_gates.told == std::vector<std::string>{"open acme confluence_writes"});
}
