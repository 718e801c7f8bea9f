// Crashes, lost answers and races on one page: one effect per job, never stale, nothing lost.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("A lost answer to an update is found by its stamp", "[press][W4]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.write_faults = {WriteFault::kLostAfter};
    const Job job = world.trigger_rule();
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.rule_page().version == 2);
}

TEST_CASE("A worker that died after its write leaves one version behind", "[press][W5]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    const Job job = world.trigger_rule();
    world.press_without_end(job);
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A stamp completes its own job only: jobs that waited press anew", "[press][W25]") {
    World world;
    world.press({world.trigger_rule()});
    const Job first = world.trigger_rule();
    const Job second = world.trigger_rule();
    world.set_summary("Changed");
    world.press_without_end(first);
    world.set_summary("Changed again");
    WaitingJob redelivered;
    redelivered.job = first;
    redelivered.may_have_written = true;
    WaitingJob waited;
    waited.job = second;
    const auto result = world.press_waiting({redelivered, waited});
    CHECK(result.results[0].status.version == 2);
    CHECK(result.results[1].status.version == 3);
    CHECK(world.rule_page().title == "PROJ-42: Changed again");
    CHECK(world.confluence.versions_of(first.id) == 1);
}

TEST_CASE(
    "Whoever wins a race, the page shows what was read after the other's write", "[press][W13]"
) {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Old");
    world.confluence.before_write = [&] {
        world.set_summary("New");
        const Page& page = world.rule_page();
        const auto raced = world.confluence.update({
            .id = page.id,
            .title = "PROJ-42: New",
            .body = "<p>New</p>",
            .version = page.version + 1,
            .message = "pagepress page=acme/rule/release/10042 job=" + std::string(32, 'f'),
        });
        REQUIRE(raced);
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: New");
}

TEST_CASE("Where only people wrote in between, the source data is kept", "[press][W26]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.before_write = [&] {
        world.confluence.edit(world.rule_page().id, "<p>by hand</p>");
    };
    world.jira.calls = 0;
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().body == "<p>Changed</p>");
    CHECK(world.rule_page().version == 3);
    CHECK(world.jira.calls == 1);
}

TEST_CASE("After an unfinished press the page is written even if unchanged", "[press][W3]") {
    World world;
    world.press({world.trigger_rule()});
    world.memory.pages["acme/rule/release/10042"].open_token = "somebody";
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().version == 2);
    CHECK(world.memory.pages["acme/rule/release/10042"].open_token.empty());
}

TEST_CASE("With the memory away the work goes on", "[press][W16]") {
    World world;
    world.memory.is_away = true;
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    world.set_summary("Changed");
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().title == "PROJ-42: Changed");
}

TEST_CASE("A job that kills its worker every time ends as a dead letter", "[press][W22]") {
    World world;
    const Job job = world.trigger_rule();
    world.memory.jobs[job.id].attempts = world.limits.attempts_max;
    const int calls = world.confluence.calls;
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(world.confluence.calls == calls);
}

TEST_CASE(
    "An attempt is counted before the first read, also where a key must be read", "[press][W22]"
) {
    World world;
    const Job job = world.trigger_rule("PROJ-42");
    world.jira.kills = true;
    for (int attempt = 1; attempt <= world.limits.attempts_max; ++attempt) {
        CHECK_THROWS_AS(world.press_redelivered(job), WorkerDied);
        CHECK(world.memory.jobs[job.id].attempts == attempt);
    }
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDead);
}

TEST_CASE("Text that Confluence rewrites is no reason to write twice", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.confluence.rewrite = "rewritten";
    world.set_summary("Changed");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().version == 2);
}

TEST_CASE("Of two records of a job the one that was redriven decides", "[press]") {
    World world;
    const Job died = world.trigger_rule();
    JobStatus dead;
    dead.job = died;
    dead.state = JobState::kDead;
    world.memory.record(dead);
    Job redriven = died;
    redriven.redrive = 1;
    const auto result = world.press({died, redriven});
    CHECK(result.results[0].verdict == Verdict::kFinished);
    CHECK(result.results[1].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
}

TEST_CASE("A record that came twice is one job", "[press][I3]") {
    World world;
    const Job job = world.trigger_rule();
    const auto result = world.press({job, job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[1].verdict == Verdict::kFinished);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("What happened to one record of a job, the other knows too", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    WaitingJob first;
    first.job = job;
    WaitingJob second = first;
    SECTION("a create of unknown outcome is waited for by whichever comes next") {
        world.confluence.write_faults = {WriteFault::kLostBefore};
        const auto result = world.press_waiting({first, second});
        CHECK(result.results[0].verdict == Verdict::kRetry);
        const WaitingJob& repeat = result.results[1].job;
        CHECK(repeat.backoff == result.results[0].job.backoff);
        CHECK(repeat.attempts == 1);
        CHECK(repeat.may_have_written);
        world.memory = {};
        CHECK(world.press_waiting({repeat}).results[0].verdict == Verdict::kSnooze);
    }
    SECTION("the version of the one that was accepted first is found") {
        world.press({world.trigger_rule()});
        world.set_summary("Changed");
        world.press_without_end(job);
        world.memory = {};
        first.job.accepted_at = world.clock.now + 600'000;
        second.may_have_written = true;
        CHECK(world.press_waiting({first, second}).results[0].verdict == Verdict::kDone);
        CHECK(world.confluence.versions_of(job.id) == 1);
    }
}

TEST_CASE(
    "A press that began without Redis does not write once Redis knows better", "[press][W16]"
) {
    World world;
    const Job job = world.trigger_snapshot();
    world.memory.is_away = true;
    world.jira.during_search = [&] {
        world.memory.is_away = false;
        world.memory.jobs[job.id].job = job;
        world.memory.jobs[job.id].state = JobState::kDone;
    };
    CHECK(world.press({job}).results[0].verdict == Verdict::kFinished);
    CHECK(world.confluence.versions_of(job.id) == 0);
    CHECK(world.memory.leases.empty());
}

TEST_CASE("A press that finds Redis back in its midst begins anew", "[press][W16]") {
    World world;
    world.memory.is_away = true;
    world.jira.during_search = [&] { world.memory.is_away = false; };
    auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.memory.leases.empty());
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.version == 2);
}
