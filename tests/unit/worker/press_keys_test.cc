// Jobs on one page that arrive under different route keys: kept apart by the lease of its page key,
// and right by compare-and-set.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const std::string kPageKey = "acme/rule/release/10042";

/// The issue, which was PROJ-42 before it moved to another project.
void move_issue(World& world) {
    world.jira.issues["10042"].key = "NEW-7";
    world.jira.former_keys["PROJ-42"] = "10042";
}

}  // namespace

TEST_CASE("An issue's id, key and former key lead to one page", "[keys]") {
    World world;
    const std::string page = world.press({world.trigger_rule("PROJ-42")}).results[0].status.page_id;
    move_issue(world);
    const bool knows_aliases = GENERATE(true, false);
    for (const char* const issue : {"10042", "NEW-7", "new-7", "PROJ-42", "proj-42"}) {
        INFO(issue);
        if (!knows_aliases) world.aliases.forget("acme", issue);
        world.set_summary(issue);
        const auto result = world.press({world.trigger_rule(issue)});
        CHECK(result.results[0].verdict == Verdict::kDone);
        CHECK(result.results[0].status.page_id == page);
        CHECK(world.rule_page().title == "NEW-7: " + std::string(issue));
    }
    CHECK(world.rule_page_count() == 1);
    CHECK(world.memory.pages.size() == 1);
    CHECK(world.memory.pages.contains(kPageKey));
}

TEST_CASE("Whatever names the issue, its page is pressed by one worker at a time", "[keys]") {
    World world;
    world.press({world.trigger_rule()});
    move_issue(world);
    world.set_summary("Changed");
    const char* const issue = GENERATE("10042", "NEW-7", "PROJ-42");
    world.aliases.forget("acme", issue);
    world.confluence.calls = 0;
    SECTION("of two") {
        world.memory.leases[kPageKey] = "another worker's";
        CHECK(world.press({world.trigger_rule(issue)}).results[0].verdict == Verdict::kSnooze);
    }
    SECTION("of two executors, though Redis is away") {
        world.memory.is_away = true;
        const auto held = world.leases.acquire(kPageKey);
        CHECK(world.press({world.trigger_rule(issue)}).results[0].verdict == Verdict::kSnooze);
    }
    CHECK(world.confluence.calls == 0);
    world.memory.leases.clear();
    world.memory.is_away = false;
    CHECK(world.press({world.trigger_rule(issue)}).results[0].verdict == Verdict::kDone);
}

TEST_CASE("Two names of an issue that press at once without leases make one page", "[keys]") {
    World world;
    world.memory.is_away = true;
    const Job first = world.trigger_rule("10042");
    const Job second = world.trigger_rule("PROJ-42");
    world.confluence.before_write = [&] {
        CHECK(world.press_elsewhere(second).results[0].verdict == Verdict::kDone);
    };
    auto result = world.press({first});
    world.clock.now += world.limits.create_settle.count();
    for (int i = 0; i < 3 && comes_again(result.results[0].verdict); ++i) {
        result = world.press_again(std::move(result));
    }
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.confluence.versions_of(first.id) <= 1);
    CHECK(world.confluence.versions_of(second.id) == 1);
}

TEST_CASE("Another rule never writes into the page, though the issue names it", "[keys]") {
    World world;
    const std::string page = world.press({world.trigger_rule()}).results[0].status.page_id;
    world.catalog.apply(
        "rule/notes",
        R"({"site":"acme","page":{"space":"DOC","title":"Notes $#Key","body":"<p>notes</p>"}})",
        world.catalog.position() + 1
    );
    auto& properties = world.jira.issues["10042"].properties;
    properties["pagepress.notes"] = properties.at("pagepress.release");
    Job job = world.trigger_rule();
    job.rule = "notes";
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id != page);
    CHECK(world.confluence.pages.at(page).title == "PROJ-42: Fix login");
    CHECK(world.rule_page_count() == 2);
}

TEST_CASE("A snapshot and the rule of its page lose nothing of each other", "[keys]") {
    World world;
    world.snapshot_page = world.press({world.trigger_rule()}).results[0].status.page_id;
    world.put_snapshot("inside", "project = PROJ");
    world.set_summary("Changed");
    const Job rule = world.trigger_rule();
    const Job snapshot = world.trigger_snapshot("inside");
    const bool is_rule_first = GENERATE(true, false);
    world.confluence.before_write = [&] {
        const Job& other = is_rule_first ? snapshot : rule;
        CHECK(world.press({other}).results[0].verdict == Verdict::kDone);
    };
    const auto result = world.press({is_rule_first ? rule : snapshot});
    CHECK(result.results[0].verdict == Verdict::kDone);
    const Page& page = world.confluence.pages.at(world.snapshot_page);
    CHECK(page.body.starts_with("<p>Changed</p>"));
    CHECK(page.body.contains("pagepress-inside"));
    CHECK(page.version == 3);
    CHECK(world.confluence.versions_of(rule.id) == 1);
    CHECK(world.confluence.versions_of(snapshot.id) == 1);
}
