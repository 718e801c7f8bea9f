// Pages of rules that people edit too: on_edited.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/press/people_edits.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// A page of ours under a rule with this policy, made so long ago that nobody asks for its creator;
/// calls are counted from now on.
World& with_page(World& world, const std::string& on_edited) {
    world.put_rule(
        R"({"site":"acme","on_edited":")" + on_edited +
        R"(","page":{"space":"DOC","title":"$#Key: $#{Summary}",)"
        R"("body":"<p>$#{Summary}</p>"}})"
    );
    world.press({world.trigger_rule()});
    world.clock.now += 60 * 60 * 1000;
    world.confluence.calls = world.jira.calls = 0;
    return world;
}

void edit_rule_page(World& world) {
    world.confluence.edit(world.rule_page().id, "<p>By hand</p>");
}

PageVersion version_of(std::int64_t number, const std::string& message) {
    return {.number = number, .message = message, .created_at = 0};
}

std::string stamp_of(const std::string& page_key) {
    return to_version_message({.page_key = page_key, .job_id = std::string(32, 'a')});
}

}  // namespace

TEST_CASE("The newest version that is not ours decides whether people have edited", "[press]") {
    const std::string key = "acme/rule/release/10042";
    const auto find = [&](std::int64_t version, const std::vector<PageVersion>& versions) {
        Page page;
        page.version = version;
        page.versions = versions;
        return find_persons_version(page, key);
    };
    CHECK(find(1, {version_of(1, "")}) == 0);
    CHECK(find(3, {version_of(3, stamp_of(key)), version_of(2, "by hand")}) == 0);
    CHECK(find(3, {version_of(3, "by hand"), version_of(2, stamp_of(key))}) == 3);
    CHECK(find(3, {version_of(3, stamp_of("acme/page/7")), version_of(2, "")}) == 2);
    CHECK(find(3, {version_of(3, to_restore_message(key)), version_of(2, "x")}) == 2);
    CHECK(find(2, {version_of(2, stamp_of("acme/page/7")), version_of(1, "")}) == 0);
    CHECK(find(3, {version_of(3, stamp_of("acme/page/7"))}) == std::nullopt);
    CHECK(find(3, {}) == std::nullopt);
    CHECK(find(4, {version_of(3, "by hand")}) == std::nullopt);
}

TEST_CASE("A page that a person has edited is skipped where the rule says so", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    edit_rule_page(world);
    world.set_summary("Changed");
    const auto result = world.press({world.trigger_rule(), world.trigger_rule()});
    for (const JobResult& job : result.results) {
        CHECK(job.verdict == Verdict::kSkipped);
        CHECK(job.status.reason.contains("edited by a person in version 2"));
    }
    CHECK(world.rule_page().body == "<p>By hand</p>");
    CHECK(world.rule_page().version == 2);
    CHECK(world.confluence.calls + world.jira.calls == 3);  // issue, refused write, page
}

TEST_CASE("A page that nobody has edited is written, whatever is told of old versions", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    for (const char* const summary : {"Second", "Third"}) {
        world.clock.now += 60 * 60 * 1000;  // so that earlier versions are not listed unasked
        world.memory.pages.clear();         // so that the page is read
        world.set_summary(summary);
        const auto result = world.press({world.trigger_rule()});
        CHECK(result.results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().title == "PROJ-42: " + std::string(summary));
    }
    CHECK(world.rule_page().version == 3);
}

TEST_CASE("A page that its rule spares takes no call more while nobody edits it", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    world.set_summary("Changed");
    world.press({world.trigger_rule()});
    CHECK(world.rule_page().version == 2);
    CHECK(world.confluence.calls + world.jira.calls == 2);  // issue, write
}

TEST_CASE("A snapshot in an edited page does not pass for our version of it", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    world.snapshot_page = world.rule_page().id;
    world.put_snapshot("inside", "project = PROJ");
    const bool is_edited = GENERATE(true, false);
    if (is_edited) world.confluence.edit(world.snapshot_page, "<p>By hand</p>");
    world.clock.now += 60 * 60 * 1000;
    REQUIRE(world.press({world.trigger_snapshot("inside")}).results[0].verdict == Verdict::kDone);
    world.set_summary("Changed");
    world.clock.now += 60 * 60 * 1000;
    const auto result = world.press({world.trigger_rule()});
    const Page& page = world.confluence.pages.at(world.snapshot_page);
    CHECK(result.results[0].verdict == (is_edited ? Verdict::kSkipped : Verdict::kDone));
    CHECK(page.body.contains(is_edited ? "By hand" : "<p>Changed</p>"));
    CHECK(page.body.contains("pagepress-inside"));
}

TEST_CASE("A history is read no farther back than it takes to decide", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    world.snapshot_page = world.rule_page().id;
    world.put_snapshot("inside", "project = PROJ");
    constexpr UnixMillis kDay = 24 * 60 * 60 * 1000;
    for (int i = 0; i < 3; ++i) {
        world.clock.now += kDay;
        world.press({world.trigger_snapshot("inside")});
    }
    world.clock.now += kDay;
    world.set_summary("Changed");
    world.confluence.asked_since.clear();
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(std::ranges::min(world.confluence.asked_since) == world.clock.now - 16 * kDay);
}

TEST_CASE("A person who edits between read and write is not overwritten", "[press][W26]") {
    World world;
    with_page(world, "skip-if-edited");
    world.set_summary("Changed");
    world.confluence.before_write = [&] { edit_rule_page(world); };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSkipped);
    CHECK(world.rule_page().body == "<p>By hand</p>");
}

TEST_CASE("A job whose version a person has edited since is done, not skipped", "[press]") {
    World world;
    with_page(world, "skip-if-edited");
    world.set_summary("Changed");
    const Job job = world.trigger_rule();
    world.press_without_end(job);
    edit_rule_page(world);
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.version == 2);
    CHECK(world.rule_page().version == 3);
}

TEST_CASE("A rule that keeps bodies writes the title only", "[press]") {
    World world;
    with_page(world, "keep");
    edit_rule_page(world);
    world.set_summary("Changed");
    const Job job = world.trigger_rule();
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: Changed");
    CHECK(world.rule_page().body == "<p>By hand</p>");
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.confluence.calls + world.jira.calls == 3);  // page, issue, write

    SECTION("and makes no version where the title stands") {
        edit_rule_page(world);
        const auto again = world.press({world.trigger_rule()});
        CHECK(again.results[0].verdict == Verdict::kDone);
        CHECK(again.results[0].status.version == 4);
        CHECK(world.rule_page().version == 4);
    }
    SECTION("and one that says nothing new where Redis has lost the page") {
        world.memory.pages.clear();
        CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().body == "<p>By hand</p>");
        CHECK(world.rule_page().version == 4);
    }
    SECTION("and one where an earlier write may be under way") {
        world.memory.pages.begin()->second.open_token = "somebody";
        CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().version == 4);
    }
}

TEST_CASE("An edit between read and write is kept by a rule that keeps bodies", "[press][W26]") {
    World world;
    with_page(world, "keep");
    world.set_summary("Changed");
    world.confluence.before_write = [&] { edit_rule_page(world); };
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: Changed");
    CHECK(world.rule_page().body == "<p>By hand</p>");
}

TEST_CASE("A kept page in the trash gets its title once it is back", "[press]") {
    World world;
    with_page(world, "keep");
    world.set_summary("Changed");
    world.confluence.before_write = [&] { world.confluence.trash(world.rule_page().id); };
    const Job job = world.trigger_rule();
    CHECK(world.press({job}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().status == PageStatus::kCurrent);
    CHECK(world.rule_page().title == "PROJ-42: Changed");
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A rule that overwrites again takes an edited page back", "[press]") {
    World world;
    with_page(world, "keep");
    edit_rule_page(world);
    REQUIRE(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    with_page(world, "overwrite");
    CHECK(world.rule_page().body == "<p>Fix login</p>");
}
