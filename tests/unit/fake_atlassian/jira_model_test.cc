#include "tests/support/fake_atlassian/jira_model.h"

#include <set>

#include "tests/support/catch.h"
#include "tests/support/fake_atlassian/jira_fields.h"
#include "tests/support/fake_atlassian/jira_seed.h"
#include "tests/unit/fake_atlassian/manual_clock.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

struct World {
    ManualClock clock;
    JiraModel jira{clock};

    World() { seed_issues(jira, "DEMO", 10); }

    std::vector<std::string> keys(const std::string& jql) {
        std::vector<std::string> keys;
        const auto page = jira.search({.jql = jql, .next_page_token = {}});
        REQUIRE(page.has_value());
        for (const StoredIssue* issue : page->issues) keys.push_back(issue->key);
        return keys;
    }

    std::string refusal(const std::string& jql) {
        const auto page = jira.search({.jql = jql, .next_page_token = {}});
        REQUIRE_FALSE(page.has_value());
        CHECK(page.error().status == 400);
        return page.error().title;
    }
};

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("Searches filter and order", "[fake]") {
    World world;
    world.jira.add_issue("OTHER", {});
    CHECK(world.keys("project = demo").size() == 10);
    CHECK(world.keys("project = OTHER") == Keys{"OTHER-1"});
    CHECK(
        world.keys("key in (DEMO-2, \"DEMO-10\") ORDER BY key DESC") == Keys{"DEMO-10", "DEMO-2"}
    );
    CHECK(world.keys("id = 10003") == Keys{"DEMO-3"});
    CHECK(world.keys("key = DEMO-3 AND project = OTHER").empty());
    CHECK(world.keys("project = DEMO AND status = Done") == Keys{"DEMO-3", "DEMO-7"});
    CHECK(world.keys("issuetype = Bug AND project = DEMO") == Keys{"DEMO-1", "DEMO-6"});
    CHECK(world.keys("project = DEMO and labels = auth").size() > 0);
    world.clock.advance(Millis(10));
    REQUIRE(world.jira.edit("demo-5", {{"summary", "new"}}).has_value());
    CHECK(world.keys("project = DEMO ORDER BY updated DESC, key ASC").front() == "DEMO-5");
}

TEST_CASE("What the fake's JQL cannot do is refused in Jira's words", "[fake]") {
    World world;
    CHECK(world.refusal("").starts_with("Unbounded JQL queries are not allowed here."));
    CHECK(world.refusal("order by key").starts_with("Unbounded JQL queries are not allowed here."));
    CHECK(
        world.refusal("project = DEMO x") ==
        "Error in the JQL Query: Expecting either 'OR' or 'AND' but got 'x'. (line 1, character 16)"
    );
    CHECK(
        world.refusal("project = NOPE") ==
        "The value 'NOPE' does not exist for the field 'project'."
    );
    CHECK(world.refusal("colour = red").starts_with("Field 'colour' does not exist"));
    for (const char* bad :
         {"project",
          "project =",
          "project in DEMO",
          "project in (DEMO",
          "key = 'x",
          "project ~ x",
          "key = DEMO-99",
          "project = DEMO OR key = DEMO-1",
          "project = DEMO order key",
          "updated > -1d",
          "project = DEMO order by votes"}) {
        INFO(bad);
        CHECK_FALSE(world.refusal(bad).empty());
    }
}

TEST_CASE("A page token continues its own query only", "[fake]") {
    World world;
    const std::string jql = "project = DEMO ORDER BY key ASC";
    std::string token;
    std::set<std::string> seen;
    int pages = 0;
    do {
        const auto page =
            world.jira.search({.jql = jql, .next_page_token = token, .results_max = 4});
        REQUIRE(page.has_value());
        for (const StoredIssue* issue : page->issues) seen.insert(issue->key);
        token = page->next_page_token;
        ++pages;
        const IssueSearch other{
            .jql = "project = DEMO", .next_page_token = token, .results_max = 4};
        CHECK(world.jira.search(other).has_value() == token.empty());
    } while (!token.empty());
    CHECK(pages == 3);
    CHECK(seen.size() == 10);
    CHECK_FALSE(world.jira.search({.jql = jql, .next_page_token = "nonsense"}).has_value());
    CHECK_FALSE(world.jira.search({.jql = jql, .next_page_token = {}, .results_max = 0}).has_value()
    );
    world.jira.settings.page_size_max = 3;
    CHECK(world.jira.search({.jql = jql, .next_page_token = {}})->issues.size() == 3);
}

TEST_CASE("An edit moves the updated time on, even within one millisecond", "[fake]") {
    World world;
    const UnixMillis before = world.jira.find("DEMO-1")->updated_at;
    const auto edited = world.jira.edit("DEMO-1", {{"status", "Done"}, {"description", "a\nb"}});
    REQUIRE(edited.has_value());
    CHECK((*edited)->updated_at > before);
    CHECK((*edited)->fields.at("updated") == boost::json::string(jira_time((*edited)->updated_at)));
    CHECK((*edited)->fields.at("status").at("name") == "Done");
    CHECK((*edited)->fields.at("description").at("type") == "doc");
    CHECK_FALSE(world.jira.edit("DEMO-99", {}).has_value());
}

TEST_CASE("A moved issue keeps its id and answers to its old key", "[fake]") {
    World world;
    const std::int64_t id = world.jira.find("DEMO-4")->id;
    REQUIRE(world.jira.move("DEMO-4", "OTHER").has_value());
    CHECK(world.jira.find("demo-4")->key == "OTHER-1");
    CHECK(world.jira.find("OTHER-1")->id == id);
    CHECK(world.jira.find(std::to_string(id))->key == "OTHER-1");
}

TEST_CASE("Seeded issues have every field type, and the same in every run", "[fake]") {
    World world;
    const StoredIssue& issue = *world.jira.find("DEMO-1");
    for (const JiraField& field : jira_fields()) {
        INFO(field.id);
        CHECK(issue.fields.contains(field.id));
    }
    CHECK(seed_fields("DEMO", 7) == seed_fields("DEMO", 7));
}

TEST_CASE("Issue properties are created, replaced and removed", "[fake]") {
    World world;
    CHECK(world.jira.set_property("DEMO-1", "p", 1) == true);
    CHECK(world.jira.set_property("10001", "p", 2) == false);
    CHECK(world.jira.find("DEMO-1")->properties.at("p") == 2);
    CHECK(world.jira.remove_property("DEMO-1", "p").has_value());
    CHECK(world.jira.remove_property("DEMO-1", "p").error().status == 404);
    CHECK(world.jira.set_property("DEMO-99", "p", 1).error().status == 404);
    CHECK_FALSE(world.jira.set_property("DEMO-1", "p", boost::json::string(40'000, 'x')).has_value()
    );
}
