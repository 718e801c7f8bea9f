// Pages whose title follows their issue and rule.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

void put_rule_titled(World& world, const std::string& title, const std::string& more = "") {
    world.put_rule(
        R"({"site":"acme","page":{"space":"DOC","title":")" + title +
        R"(","body":"<p>$#{Summary}</p>"})" + more + "}"
    );
}

void add_issue(World& world, const std::string& id, const std::string& summary) {
    Issue issue;
    issue.id = id;
    issue.key = "PROJ-" + id;
    issue.fields["summary"] = summary;
    world.jira.issues[id] = issue;
}

JobResult press(World& world, const std::string& issue) {
    auto result = world.press({world.trigger_rule(issue)});
    world.clock.now += 3'600'000;
    return std::move(result.results[0]);
}

}  // namespace

TEST_CASE("A title that changes its case only is written", "[rename]") {
    World world;
    put_rule_titled(world, "$#{Summary}", GENERATE("", R"(,"on_edited":"keep")"));
    press(world, "PROJ-42");
    world.set_summary("FIX Login");
    const JobResult result = press(world, "PROJ-42");
    CHECK(result.verdict == Verdict::kDone);
    CHECK(result.status.reason.empty());
    CHECK(world.rule_page().title == "FIX Login");
    CHECK(world.rule_page().version == 2);
    CHECK(world.rule_page_count() == 1);
}

TEST_CASE("A page whose Redis record is lost follows its issue's new case", "[rename]") {
    World world;
    put_rule_titled(world, "$#{Summary}");
    press(world, "PROJ-42");
    world.memory = {};
    world.jira.issues["10042"].properties.clear();  // found by its title alone
    world.set_summary("FIX Login");
    CHECK(press(world, "PROJ-42").verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().title == "FIX Login");
}

TEST_CASE("Two issues that swap titles keep theirs, show their bodies and say so", "[rename]") {
    World world;
    put_rule_titled(world, "$#{Summary}");
    add_issue(world, "1", "One");
    add_issue(world, "2", "Two");
    const std::string one = press(world, "1").status.page_id;
    const std::string two = press(world, "2").status.page_id;
    world.jira.issues["1"].fields["summary"] = "Two";
    world.jira.issues["2"].fields["summary"] = "One";
    for (int i = 0; i < 2; ++i) {  // the second time nothing is written
        for (const char* const issue : {"1", "2"}) {
            const JobResult result = press(world, issue);
            CHECK(result.verdict == Verdict::kDone);
            CHECK(result.status.reason.starts_with("the page keeps its old title"));
        }
    }
    CHECK(world.confluence.pages.at(one).title == "One");
    CHECK(world.confluence.pages.at(one).body == "<p>Two</p>");
    CHECK(world.confluence.pages.at(one).version == 2);
    CHECK(world.confluence.pages.at(two).title == "Two");
    CHECK(world.confluence.pages.at(two).body == "<p>One</p>");

    SECTION("and have their titles once one has made way") {
        world.jira.issues["1"].fields["summary"] = "Three";
        press(world, "1");
        CHECK(press(world, "2").status.reason.empty());
        world.jira.issues["1"].fields["summary"] = "Two";
        CHECK(press(world, "1").status.reason.empty());
        CHECK(world.confluence.pages.at(one).title == "Two");
        CHECK(world.confluence.pages.at(two).title == "One");
    }
}

TEST_CASE("A title is free once its page has taken another", "[rename]") {
    World world;
    put_rule_titled(world, "$#{Summary}");
    add_issue(world, "1", "One");
    const std::string one = press(world, "1").status.page_id;
    world.jira.issues["1"].fields["summary"] = "Renamed";
    add_issue(world, "2", "One");
    CHECK(press(world, "2").verdict == Verdict::kDead);  // as long as the page is there
    press(world, "1");
    const JobResult second = press(world, "2");
    CHECK(second.verdict == Verdict::kDone);
    CHECK(second.status.page_id != one);
    CHECK(world.confluence.pages.at(second.status.page_id).title == "One");
}
