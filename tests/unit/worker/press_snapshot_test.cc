// The press of snapshots: their regions of one page, in one version.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("A snapshot is frozen into its region and leaves the rest of the page alone", "[press]") {
    World world;
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    const Page& page = world.confluence.pages.at(world.snapshot_page);
    CHECK(page.version == 2);
    CHECK(page.title == "Weekly");
    CHECK(page.body.starts_with("<p>Before</p>"));
    CHECK(page.body.contains("PROJ-42"));
}

TEST_CASE("A second take replaces the region", "[press]") {
    World world;
    world.press({world.trigger_snapshot()});
    world.set_summary("Changed");
    world.press({world.trigger_snapshot()});
    const std::string& body = world.confluence.pages.at(world.snapshot_page).body;
    CHECK(body.contains("Changed"));
    CHECK_FALSE(body.contains("Fix login"));
}

TEST_CASE("An empty result with lost credentials never replaces good data", "[press]") {
    World world;
    world.press({world.trigger_snapshot()});
    world.jira.knows_us = false;
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.confluence.pages.at(world.snapshot_page).body.contains("PROJ-42"));
}

TEST_CASE("Credentials that come back after an empty result do not make it true", "[press]") {
    World world;
    world.press({world.trigger_snapshot()});
    world.jira.knows_us = false;
    world.jira.before_proof = [&] { world.jira.knows_us = true; };
    world.set_summary("Changed");
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.pages.at(world.snapshot_page).body.contains("Changed"));
}

TEST_CASE("A result that is empty twice replaces what was there", "[press]") {
    World world;
    world.press({world.trigger_snapshot()});
    world.jira.issues.clear();
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK_FALSE(world.confluence.pages.at(world.snapshot_page).body.contains("PROJ-42"));
}

TEST_CASE(
    "A person's edit during the take is kept, and the search is not run again", "[press][W26]"
) {
    World world;
    world.confluence.before_write = [&] {
        world.confluence.edit(world.snapshot_page, "<p>Edited</p>");
    };
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    const std::string& body = world.confluence.pages.at(world.snapshot_page).body;
    CHECK(body.starts_with("<p>Edited</p>"));
    CHECK(body.contains("PROJ-42"));
    CHECK(world.jira.searches == 1);
}

TEST_CASE("JQL that Jira refuses kills its own jobs only", "[press]") {
    World world;
    world.put_snapshot("wrong", "nonsense");
    world.jira.next_error = Error{.code = ErrorCode::kInvalidInput, .message = "JQL"};
    const auto result =
        world.press({world.trigger_snapshot("wrong"), world.trigger_snapshot("weekly")});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[1].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(result.results[0].job.job.id) == 0);
}

TEST_CASE("All snapshots of a page are taken in one version", "[press]") {
    World world;
    world.put_snapshot("daily", "project = PROJ");
    const Job job = world.trigger_page();
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.jira.searches == 2);
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 2);
}

TEST_CASE("A snapshot whose page is gone is dead, and says what to do", "[press]") {
    World world;
    world.confluence.pages.erase(world.snapshot_page);
    const auto result = world.press({world.trigger_snapshot()});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.reason.contains("restore it"));
}

namespace {

/// A job for all snapshots of the page, one of which Jira refuses.
Job trigger_partly_failing_page(World& world) {
    world.put_snapshot("broken", "nonsense");
    world.jira.refused_jql = "nonsense";
    return world.trigger_page();
}

}  // namespace

TEST_CASE("A page job of which a snapshot failed is dead and says which", "[press]") {
    World world;
    const Job job = trigger_partly_failing_page(world);
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.reason.contains("broken"));
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 2);
}

TEST_CASE("A partly failed page job keeps its reason over its worker's death", "[press]") {
    World world;
    const Job job = trigger_partly_failing_page(world);
    world.press_without_end(job);
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.reason.contains("broken"));
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 2);
}

TEST_CASE("A partly failed page job keeps its reason over a lost answer", "[press]") {
    World world;
    const Job job = trigger_partly_failing_page(world);
    world.confluence.write_faults = {WriteFault::kLostAfter};
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.reason.contains("broken"));
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 2);
}

TEST_CASE("A partly failed page job that is redriven takes what was missing", "[press]") {
    World world;
    Job job = trigger_partly_failing_page(world);
    world.press({job});
    job.redrive = 1;
    world.jira.refused_jql.clear();
    world.memory.jobs.clear();
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.jira.searches == 4);
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 3);
    world.memory.jobs.clear();
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.pages.at(world.snapshot_page).version == 3);
}

TEST_CASE("Another snapshot's failure is none of a single snapshot's job", "[press]") {
    World world;
    const Job single = world.trigger_snapshot();
    const Job page = trigger_partly_failing_page(world);
    world.memory.forgets_ends = true;
    // The single job leads, so its stamp is on the version that lacks the page job's snapshot.
    const auto result = world.press({single, page});
    CHECK(result.results[1].verdict == Verdict::kDead);
    world.memory.forgets_ends = false;
    CHECK(world.press_redelivered(single).results[0].verdict == Verdict::kDone);
}
