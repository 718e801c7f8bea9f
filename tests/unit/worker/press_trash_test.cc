// A rule's page that a person puts into the trash.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("A page in the trash follows the rule's on_deleted", "[press]") {
    const auto press_trashed = [](World& world, const std::string& on_deleted) {
        world.put_rule(
            R"({"site":"acme","on_deleted":")" + on_deleted +
            R"(","page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>"}})"
        );
        const auto first = world.press({world.trigger_rule()});
        const std::string page = first.results[0].status.page_id;
        world.confluence.pages.at(page).status = PageStatus::kTrashed;
        world.set_summary("Changed");
        return std::pair(page, world.press({world.trigger_rule()}).results[0]);
    };
    SECTION("restore") {
        World world;
        const auto [page, result] = press_trashed(world, "restore");
        CHECK(result.verdict == Verdict::kDone);
        CHECK(world.confluence.pages.at(page).status == PageStatus::kCurrent);
        CHECK(world.confluence.pages.at(page).body == "<p>Changed</p>");
    }
    SECTION("recreate") {
        World world;
        const auto [page, result] = press_trashed(world, "recreate");
        CHECK(result.verdict == Verdict::kDone);
        CHECK(result.status.page_id != page);
        CHECK(world.confluence.pages.at(page).status == PageStatus::kTrashed);
    }
    SECTION("stop") {
        World world;
        const auto [page, result] = press_trashed(world, "stop");
        CHECK(result.verdict == Verdict::kSkipped);
        CHECK(world.confluence.pages.at(page).body.starts_with("<p>Fix login</p>"));
    }
}

TEST_CASE("A person's trashing during a write does not pass for the write", "[press][W28]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.before_write = [&] {
        world.confluence.pages.at(world.rule_page().id).status = PageStatus::kTrashed;
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().status == PageStatus::kCurrent);
    CHECK(world.rule_page().body == "<p>Changed</p>");
}

namespace {

/// A page that shows "Fix login" and no trace of its creation any more, a changed issue, and a
/// person who puts the page into the trash while the next write is under way.
Job trigger_against_trashing(World& world) {
    for (const char* const summary : {"Log in", "Fix login"}) {
        world.set_summary(summary);
        world.press({world.trigger_rule()});
    }
    world.set_summary("Changed");
    world.confluence.before_write = [&] { world.confluence.trash(world.rule_page().id); };
    world.confluence.calls = 0;
    return world.trigger_rule();
}

/// The job ended, and the page shows its effect once.
void check_written_once(const World& world, const JobResult& result) {
    CHECK(result.verdict == Verdict::kDone);
    CHECK(world.rule_page().status == PageStatus::kCurrent);
    CHECK(world.rule_page().title == "PROJ-42: Changed");
    CHECK(world.rule_page().body.starts_with("<p>Changed</p>"));
    CHECK(world.confluence.versions_of(result.job.job.id) == 1);
}

}  // namespace

TEST_CASE("A write that only restored the page is followed by one that is taken", "[press]") {
    World world;
    const Job job = trigger_against_trashing(world);
    const auto result = world.press({job});
    check_written_once(world, result.results[0]);
    CHECK(result.results[0].status.version == 4);
}

TEST_CASE("Wherever a worker dies after a trashing, its job never ends on old text", "[press]") {
    World counted;
    const Job counted_job = trigger_against_trashing(counted);
    counted.press({counted_job});
    const int calls = counted.confluence.calls;
    REQUIRE(calls == 4);  // write that restores, read, creator, write
    for (int at = 1; at <= calls; ++at) {
        INFO("dies at call " << at);
        World world;
        const Job job = trigger_against_trashing(world);
        world.confluence.dies_at_call = at;
        CHECK_THROWS_AS(world.press({job}), WorkerDied);
        check_written_once(world, world.press_redelivered(job).results[0]);
    }
    World world;
    const Job job = trigger_against_trashing(world);
    world.press_without_end(job);
    const int version = static_cast<int>(world.rule_page().version);
    check_written_once(world, world.press_redelivered(job).results[0]);
    CHECK(world.rule_page().version == version);
}

TEST_CASE("A worker that dies twice around a trashing leaves the job's effect once", "[press]") {
    World world;
    const Job job = trigger_against_trashing(world);
    world.confluence.dies_at_call = 2;
    CHECK_THROWS_AS(world.press({job}), WorkerDied);
    world.confluence.before_write = [&] { world.confluence.trash(world.rule_page().id); };
    world.confluence.calls = 0;
    world.confluence.dies_at_call = 4;  // after read, version before, and the write that restores
    CHECK_THROWS_AS(world.press_redelivered(job), WorkerDied);
    CHECK(world.rule_page().body.starts_with("<p>Fix login</p>"));
    world.confluence.dies_at_call = 0;
    check_written_once(world, world.press_redelivered(job).results[0]);
}

TEST_CASE("A lost answer of a write that only restored the page does not pass for it", "[press]") {
    World world;
    const Job job = trigger_against_trashing(world);
    world.confluence.write_faults = {WriteFault::kLostAfter};
    check_written_once(world, world.press({job}).results[0]);
}

TEST_CASE("A restore is told by the title where only the title has changed", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","page":{"space":"DOC","title":"$#Key: $#{Summary}",)"
                   R"("body":"<p>Changed</p>"}})");
    const Job job = trigger_against_trashing(world);
    check_written_once(world, world.press({job}).results[0]);
}

TEST_CASE("A server that does not tell what it stored is asked", "[press]") {
    World world;
    world.confluence.tells_body = false;
    const Job job = trigger_against_trashing(world);
    check_written_once(world, world.press({job}).results[0]);
}

TEST_CASE("A redelivered job whose version is in place costs no call more", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    const Job job = world.trigger_rule();
    world.press_without_end(job);
    world.confluence.calls = 0;
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.calls == 1);
}

TEST_CASE(
    "A redelivered job's version is known by its text where Confluence rewrote it", "[press]"
) {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.rewrite = "<p>rewritten</p>";
    const Job job = world.trigger_rule();
    world.press_without_end(job);
    CHECK(world.press_redelivered(job).results[0].status.version == 2);
    CHECK(world.rule_page().version == 2);
}

TEST_CASE("A stamp below a person's edit is judged by its own version", "[press]") {
    World world;
    const Job job = trigger_against_trashing(world);
    world.confluence.dies_at_call = 2;
    CHECK_THROWS_AS(world.press({job}), WorkerDied);
    world.confluence.dies_at_call = 0;
    world.confluence.edit(world.rule_page().id, "<p>by hand</p>");
    check_written_once(world, world.press_redelivered(job).results[0]);
    world.confluence.edit(world.rule_page().id, "<p>by hand</p>");
    const auto version = world.rule_page().version;
    world.memory.jobs.clear();
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().version == version);
}

TEST_CASE("Unchanged content that Confluence rewrites does not go round in circles", "[press]") {
    World world;
    world.confluence.rewrite = "<p>rewritten</p>";
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.press({world.trigger_rule()});
    world.memory = {};
    const auto before = world.rule_page().version;
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().version == before + 3);
    world.press({world.trigger_rule()});
    CHECK(world.rule_page().version == before + 3);
    for (int forced = 1; forced <= 2; ++forced) {
        for (auto& [key, page] : world.memory.pages) page.open_token = "of a worker that died";
        world.press({world.trigger_rule()});
        CHECK(world.rule_page().version == before + 3 + forced);
    }
    world.set_summary("Changed again");
    world.press({world.trigger_rule()});
    CHECK(world.rule_page().body == "<p>Changed again</p><p>rewritten</p>");
}

TEST_CASE("A version that cannot be read right after its write is not written twice", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.tells_body = false;
    world.confluence.lags = true;
    const Job job = world.trigger_rule();
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.confluence.lags = false;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.rule_page().version == 2);
}

TEST_CASE("Snapshots whose page is trashed during the write are in it afterwards", "[press]") {
    World world;
    world.confluence.before_write = [&] { world.confluence.trash(world.snapshot_page); };
    const Job job = world.trigger_snapshot();
    world.confluence.dies_at_call = 3;
    CHECK_THROWS_AS(world.press({job}), WorkerDied);
    CHECK_FALSE(world.confluence.pages.at(world.snapshot_page).body.contains("PROJ-42"));
    world.confluence.dies_at_call = 0;
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.pages.at(world.snapshot_page).body.contains("PROJ-42"));
    CHECK(world.confluence.versions_of(job.id) == 1);
}
