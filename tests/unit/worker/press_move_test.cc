// Pages whose rule names another parent, and pages that people move.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/press/page_place.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr UnixMillis kHour = 60 * 60 * 1000;
const std::string kKey = "acme/rule/release/10042";

void put_rule_under(World& world, const std::string& parent, const std::string& more = "") {
    const std::string member = parent.empty() ? "" : R"("parent":")" + parent + R"(",)";
    world.put_rule(
        R"({"site":"acme","page":{"space":"DOC",)" + member +
        R"("title":"$#Key: $#{Summary}","body":"<p>$#{Summary}</p>"})" + more + "}"
    );
}

/// A page under `parent`, so old that nobody asks for its creator.
std::string page_under(World& world, const std::string& parent) {
    put_rule_under(world, parent);
    const std::string page = world.press({world.trigger_rule()}).results[0].status.page_id;
    world.clock.now += kHour;
    return page;
}

JobResult press(World& world) {
    auto result = world.press({world.trigger_rule()});
    world.clock.now += kHour;
    return std::move(result.results[0]);
}

const Page& page_of(World& world, const std::string& id) {
    return world.confluence.pages.at(id);
}

PageVersion version_for(std::int64_t number, const std::string& parent) {
    const std::string message =
        to_version_message({.page_key = kKey, .job_id = std::string(32, 'a'), .parent = parent});
    return {.number = number, .message = message, .created_at = 0};
}

}  // namespace

TEST_CASE("The newest version of ours tells what parent its rule named", "[move]") {
    Page page;
    page.version = 4;
    page.versions = {
        {.number = 4, .message = "by hand"}, version_for(3, "20"), version_for(2, "10")};
    auto history = read_place_history(page, kKey, {});
    CHECK(history.parent == "20");
    CHECK_FALSE(history.was_restored);
    history = read_place_history(page, kKey, {3});
    CHECK(history.parent == "10");
    CHECK(history.was_restored);
    history = read_place_history(page, "acme/page/7", {});
    CHECK_FALSE(history.parent);
    CHECK_FALSE(history.is_whole);
    page.versions.push_back({.number = 1, .message = ""});
    CHECK(read_place_history(page, "acme/page/7", {}).is_whole);
    page.version = 5;  // newer than the list
    CHECK_FALSE(read_place_history(page, kKey, {}).parent);
}

TEST_CASE("A page goes along when its rule names another parent", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    CHECK(page_of(world, page).parent_id == "10");
    SECTION("though nothing else has changed") {}
    SECTION("with what has changed, in one version") {
        world.set_summary("Changed");
    }
    SECTION("though Redis has lost it") {
        world.memory.pages.clear();
    }
    put_rule_under(world, "20");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "20");
    CHECK(page_of(world, page).version == 2);
    world.confluence.calls = world.jira.calls = 0;
    world.set_summary("Changed again");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(world.confluence.calls + world.jira.calls == 2);  // issue, write
    put_rule_under(world, "30");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "30");
}

TEST_CASE("A page that a person has moved stays there, whatever its rule names", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.confluence.move(page, "77");
    world.set_summary("Changed");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "77");
    put_rule_under(world, "20");
    world.memory.is_away = GENERATE(true, false);
    for (const char* const summary : {"Second", "Third"}) {
        world.set_summary(summary);
        CHECK(press(world).verdict == Verdict::kDone);
        CHECK(page_of(world, page).parent_id == "77");
        CHECK(page_of(world, page).title == "PROJ-42: " + std::string(summary));
    }
}

TEST_CASE("A person who takes a move back is not overruled", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    put_rule_under(world, "20");
    const Job job = world.trigger_rule();
    const bool dies = GENERATE(true, false);
    if (dies) {
        world.press_without_end(job);
    } else {
        world.press({job});
    }
    REQUIRE(page_of(world, page).parent_id == "20");
    world.confluence.move(page, "10");
    world.memory.pages.clear();
    if (dies) CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    world.clock.now += kHour;
    world.set_summary("Changed");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "10");
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A rule's first parent takes the pages under the home page along", "[move]") {
    World world;
    const std::string page = page_under(world, "");
    CHECK(page_of(world, page).parent_id == kHomePage);
    const bool is_updated = GENERATE(true, false);
    if (is_updated) {
        world.set_summary("Changed");
        press(world);
    }
    const bool is_moved = GENERATE(true, false);
    if (is_moved) world.confluence.move(page, "77");
    put_rule_under(world, "20");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == (is_moved ? "77" : "20"));
    put_rule_under(world, "");  // without a parent it says nothing of places
    world.set_summary("Changed again");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == (is_moved ? "77" : "20"));
}

TEST_CASE("A page that only its creation has written is known by its property", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.confluence.edit(page, "<p>By hand, and the anchor is gone</p>");
    put_rule_under(world, "20");
    const bool is_moved = GENERATE(true, false);
    if (is_moved) world.confluence.move(page, "77");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == (is_moved ? "77" : "20"));
}

TEST_CASE("A page that is not known to be where we put it stays", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.confluence.edit(page, "<p>By hand, and the anchor is gone</p>");
    world.confluence.properties.clear();
    put_rule_under(world, "20");
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "10");
}

TEST_CASE("Our last version is found however many of others follow it", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    put_rule_under(world, "20");
    CHECK(press(world).verdict == Verdict::kDone);
    world.confluence.move(page, "10");
    for (int i = 0; i < 3; ++i) world.confluence.edit(page, "<p>By hand</p>");
    world.clock.now += kHour;  // so that the page comes without its versions
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "10");
}

TEST_CASE("A page whose new parent is gone is updated where it is, and says so", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.confluence.gone_parents = {"20"};
    put_rule_under(world, "20");
    world.set_summary("Changed");
    auto result = press(world);
    CHECK(result.verdict == Verdict::kDone);
    CHECK(result.status.reason.contains("cannot be put under page 20"));
    CHECK(page_of(world, page).parent_id == "10");
    CHECK(page_of(world, page).title == "PROJ-42: Changed");
    REQUIRE(page_of(world, page).version == 2);

    SECTION("and an unchanged issue makes no further version") {
        result = press(world);
        CHECK(result.status.reason.contains("cannot be put under page 20"));
        CHECK(page_of(world, page).version == 2);
    }
    SECTION("and goes there once it is back") {
        world.confluence.gone_parents.clear();
        CHECK(press(world).verdict == Verdict::kDone);
        CHECK(page_of(world, page).parent_id == "20");
    }
    SECTION("and not if a person has moved it meanwhile") {
        world.confluence.gone_parents.clear();
        world.confluence.move(page, "77");
        CHECK(press(world).verdict == Verdict::kDone);
        CHECK(page_of(world, page).parent_id == "77");
    }
}

TEST_CASE("A page is not made under a parent that is gone, and its rule is named", "[move]") {
    World world;
    const std::string parent = world.confluence.add_page("Parent", "<p/>");
    world.confluence.gone_parents = {parent};
    const bool is_purged = GENERATE(true, false);
    if (is_purged) {
        world.confluence.pages.erase(parent);
    } else {
        world.confluence.trash(parent);
    }
    put_rule_under(world, parent);
    const auto result = press(world);
    CHECK(result.verdict == Verdict::kDead);
    CHECK(result.status.reason.starts_with(
        "page " + parent + ", the parent that rule release names, is " +
        (is_purged ? "gone" : "in the trash")
    ));
}

TEST_CASE("A page that comes back from the trash goes under its rule's parent", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.set_summary("Changed");
    SECTION("when it is restored before the write") {
        world.confluence.trash(page);
        world.memory.pages.clear();
        CHECK(press(world).verdict == Verdict::kDone);
    }
    SECTION("when the write itself restores it") {
        world.confluence.before_write = [&] { world.confluence.trash(page); };
        CHECK(press(world).verdict == Verdict::kDone);
    }
    SECTION("when the worker that restored it has died") {
        world.confluence.trash(page);
        world.memory.pages.clear();
        const Job job = world.trigger_rule();
        world.confluence.dies_at_call = world.confluence.calls + 3;  // page, restore, page
        CHECK_THROWS_AS(world.press({job}), WorkerDied);
        REQUIRE(page_of(world, page).parent_id == kHomePage);
        CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    }
    CHECK(page_of(world, page).status == PageStatus::kCurrent);
    CHECK(page_of(world, page).parent_id == "10");
    CHECK(page_of(world, page).title == "PROJ-42: Changed");
}

TEST_CASE("A page that came back while its parent was gone goes there later", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.set_summary("Changed");
    world.confluence.trash(page);
    world.memory.pages.clear();
    world.confluence.gone_parents = {"10"};
    const auto stays = press(world);
    CHECK(stays.verdict == Verdict::kDone);
    CHECK(stays.status.reason.contains("cannot be put under page 10"));
    CHECK(page_of(world, page).parent_id == kHomePage);
    world.confluence.gone_parents.clear();
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "10");
}

TEST_CASE("A page is moved though a person edits it meanwhile", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    put_rule_under(world, "20", R"(,"on_edited":"keep")");
    world.confluence.before_write = [&] { world.confluence.edit(page, "<p>By hand</p>"); };
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "20");
    CHECK(page_of(world, page).body == "<p>By hand</p>");
}

TEST_CASE("A snapshot's press leaves its page where it is", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.snapshot_page = page;
    world.put_snapshot("inside", "project = PROJ");
    put_rule_under(world, "20");
    CHECK(world.press({world.trigger_snapshot("inside")}).results[0].verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "10");
    world.clock.now += kHour;
    CHECK(press(world).verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "20");
}

TEST_CASE("A press whose rule changes under way begins anew", "[move]") {
    World world;
    const std::string page = page_under(world, "10");
    world.memory.pages.clear();
    world.confluence.after_read = [&] { put_rule_under(world, "20"); };
    world.set_summary("Changed");
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(page_of(world, page).version == 1);
    world.clock.now += 1'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(page_of(world, page).parent_id == "20");
    CHECK(page_of(world, page).version == 2);
}
