// Which page is a rule's and an issue's: created once, found again, never another's.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("A worker that died after its create leaves one page behind", "[press][W5]") {
    World world;
    const Job job = world.trigger_rule();
    world.memory.forgets_ends = true;
    world.press({job});
    world.memory = {};
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE(
    "A job that comes twice is its page's creator, without Redis and stamp", "[press][I3][W15]"
) {
    World world;
    const Job job = world.trigger_rule();
    world.press({job});
    world.set_summary("Changed");
    world.memory.is_away = GENERATE(true, false);
    world.memory.jobs.clear();
    world.memory.pages.clear();
    // The caller has repeated his call, so this record is a new one.
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE("A create with unknown outcome is not sent again before it has settled", "[press][W4]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostBefore};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    CHECK(world.rule_page_count() == 0);
    world.clock.now += 10'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.rule_page_count() == 0);
    world.clock.now += world.limits.create_settle.count();
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
}

TEST_CASE("A lost create is found under its old title after the issue was renamed", "[press][W4]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostAfter};
    const Job job = world.trigger_rule();
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.set_summary("Renamed");
    world.clock.now += 1'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A page that another job made and did not link gets no twin", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","page":{"space":"DOC","title":"$#Key $#{Summary}",)"
                   R"("body":"<p>$#{Summary}</p>"}})");
    world.jira.next_link_error =
        Error{.code = ErrorCode::kRateLimited, .message = "429", .retry_after = Millis(1'000)};
    const auto first = world.press({world.trigger_rule()});
    CHECK(first.results[0].verdict == Verdict::kSnooze);
    REQUIRE(world.rule_page_count() == 1);
    world.set_summary("Renamed");
    world.memory = {};
    world.memory.is_away = GENERATE(true, false);  // away, or back and empty
    world.clock.now += 2'000;
    const auto second = world.press({world.trigger_rule()});
    CHECK(second.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().title == "PROJ-42 Renamed");
}

TEST_CASE("A foreign page with the same title is never touched", "[press]") {
    World world;
    const std::string foreign = world.confluence.add_page("proj-42: fix LOGIN", "<p>mine</p>");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].code == ErrorCode::kTitleTaken);
    CHECK(world.confluence.pages.at(foreign).body == "<p>mine</p>");
}

TEST_CASE("A new page that cannot be read by its id yet gets no twin", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","page":{"space":"DOC","title":"$#Key $#{Summary}",)"
                   R"("body":"<p>$#{Summary}</p>"}})");
    const auto first = world.press({world.trigger_rule()});
    const std::string page = first.results[0].status.page_id;
    world.confluence.hidden.insert(page);
    world.confluence.properties.clear();
    world.memory.pages.begin()->second.has_regions = true;
    world.set_summary("Changed");
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    CHECK(world.rule_page_count() == 1);
    world.confluence.hidden.clear();
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id == page);
    CHECK(world.confluence.pages.at(page).title == "PROJ-42 Changed");
}

TEST_CASE("A page that was purged is made anew", "[press]") {
    World world;
    const auto first = world.press({world.trigger_rule()});
    const std::string page = first.results[0].status.page_id;
    world.confluence.pages.erase(page);
    world.confluence.properties.clear();
    world.memory.pages.begin()->second.has_regions = true;
    const auto again = world.press({world.trigger_rule()});
    CHECK(again.results[0].verdict == Verdict::kDone);
    CHECK(again.results[0].status.page_id != page);
    CHECK(world.rule_page_count() == 1);
}

namespace {

/// A page of a rule with `on_deleted: recreate`.
std::string recreated_page(World& world) {
    world.put_rule(R"({"site":"acme","on_deleted":"recreate",)"
                   R"("page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>"}})");
    return world.press({world.trigger_rule()}).results[0].status.page_id;
}

}  // namespace

TEST_CASE(
    "A redelivered job does not take a page out of the trash that is to be replaced", "[press]"
) {
    World world;
    const std::string first = recreated_page(world);
    world.confluence.trash(first);
    const auto result = world.press_redelivered(world.trigger_rule());
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id != first);
    CHECK(world.rule_page_count() == 2);
}

TEST_CASE("A purged page is replaced though an older one lies in the trash", "[press]") {
    World world;
    const std::string first = recreated_page(world);
    world.confluence.trash(first);
    const std::string second = world.press({world.trigger_rule()}).results[0].status.page_id;
    REQUIRE(second != first);
    world.confluence.pages.erase(second);
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id != first);
    CHECK(world.confluence.pages.at(first).status == PageStatus::kTrashed);
}

TEST_CASE("A page that went to the trash right after its create is its job's effect", "[press]") {
    World world;
    recreated_page(world);
    world.confluence.pages.erase(world.rule_page().id);
    world.confluence.properties.clear();
    world.memory = {};
    const Job job = world.trigger_rule();
    const std::string made = world.press_without_end(job).results[0].status.page_id;
    world.jira.issues["10042"].properties.clear();  // it died before it had linked the page
    world.confluence.properties.clear();
    world.confluence.trash(made);
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id == made);
    CHECK(world.rule_page_count() == 1);
}

TEST_CASE("After a recreate whose link failed, the issue still finds its page", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","on_deleted":"recreate",)"
                   R"("page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>"}})");
    const auto first = world.press({world.trigger_rule()});
    world.confluence.pages.at(first.results[0].status.page_id).status = PageStatus::kTrashed;
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    const std::string page = result.results[0].status.page_id;
    CHECK(page != first.results[0].status.page_id);
    CHECK(
        world.jira.issues["10042"].properties.at("pagepress.release").at("page").as_string() == page
    );
    CHECK(world.rule_page_count() == 2);
}

TEST_CASE("A clone whose link failed never writes to the page it was cloned from", "[press]") {
    World world;
    const auto first = world.press({world.trigger_rule()});
    const std::string original = first.results[0].status.page_id;
    Issue clone = world.jira.issues["10042"];
    clone.id = "10043";
    clone.key = "PROJ-43";
    world.jira.issues["10043"] = clone;
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    auto result = world.press({world.trigger_rule("10043")});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.jira.issues["10043"].fields["summary"] = "Of the clone";
    result = world.press({world.trigger_rule("10043")});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.pages.at(original).title == "PROJ-42: Fix login");
    CHECK(result.results[0].status.page_id != original);
}

TEST_CASE("An adopted page is identified before its anchor is overwritten", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostAfter};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.memory = {};
    world.set_summary("Changed");
    world.jira.issues["10042"].fields["summary"] = "Fix login";
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    result = world.press({world.trigger_rule()});
    CHECK(world.confluence.properties.contains(world.rule_page().id + "/pagepress"));
    result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
}

TEST_CASE("A creator whose link failed is still known after the page's next version", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    world.confluence.next_property_error =
        Error{.code = ErrorCode::kUnavailable, .message = "down"};
    auto created = world.press({job});
    CHECK(created.results[0].verdict == Verdict::kRetry);
    world.set_summary("Changed");
    SECTION("another job writes it") {
        CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    }
    SECTION("another job writes it and its link fails too") {
        world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
        CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kRetry);
    }
    SECTION("the creator's second try fails at the issue") {
        world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
        created = world.press_again(std::move(created));
        CHECK(created.results[0].verdict == Verdict::kRetry);
        CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    }
    const auto result = world.press_again(std::move(created));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().version == 2);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A create that was refused leaves no trace to wait for", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kRateLimited};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.clock.now += 7000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("A remembered id that Jira does not know any more is looked up again", "[press]") {
    World world;
    world.aliases.remember("acme", "PROJ-42", "999");
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("A cloned issue does not take over the page of the issue it was cloned from", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    Issue clone = world.jira.issues["10042"];
    clone.id = "10043";
    clone.key = "PROJ-43";
    world.jira.issues["10043"] = clone;
    const auto result = world.press({world.trigger_rule("PROJ-43")});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 2);
}
