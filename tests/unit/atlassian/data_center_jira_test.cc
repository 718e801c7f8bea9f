// The requests of the Jira Data Center client, and what it makes of the answers.
#include "worker/jira/data_center_jira.h"

#include <boost/json/parse.hpp>

#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

const std::string kBase = "https://jira.acme.example";

struct World {
    ScriptedHttp http;
    FixedClock clock;
    std::unique_ptr<Jira> jira = make_data_center_jira(
        {.site = "acme",
         .jira_url = kBase,
         .confluence_url = "https://docs.acme.example",
         .authorization = "Bearer of Jira",
         .confluence_authorization = "Bearer of Confluence"},
        http,
        clock
    );

    /// One part of a search's answer, of the issues that are named.
    void answer_part(int start, int total, const std::vector<std::string>& ids) {
        std::string issues;
        for (const std::string& id : ids) {
            if (!issues.empty()) issues += ",";
            issues += R"({"id":")" + id + R"(","key":"P-)" + id + R"(","fields":{}})";
        }
        http.answer(
            200,
            R"({"startAt":)" + std::to_string(start) + R"(,"maxResults":2,"total":)" +
                std::to_string(total) + R"(,"issues":[)" + issues + "]}"
        );
    }

    boost::json::value request(std::size_t index) const {
        return boost::json::parse(http.calls.at(index).body);
    }
};

}  // namespace

TEST_CASE("An issue of Data Center is read over API v2", "[jira_dc]") {
    World world;
    world.http.answer(
        200, R"({"id":"10001","key":"NEW-1","fields":{"description":"h1. Wiki","assignee":
                 {"name":"jane","key":"JIRAUSER10100","displayName":"Jane"}},
                 "names":{"description":"Description"},"properties":{"pagepress.r":{"page":"7"}}})"
    );
    const auto issue = world.jira->issue("OLD-1", "pagepress.r");
    REQUIRE(issue);
    CHECK(issue->key == "NEW-1");
    CHECK(issue->fields.at("description") == "h1. Wiki");
    CHECK(issue->names.at("description") == "Description");
    CHECK(issue->properties.at("pagepress.r").at("page") == "7");
    CHECK(
        world.http.line(0) ==
        "GET " + kBase + "/rest/api/2/issue/OLD-1?fields=*all&expand=names&properties=pagepress.r"
    );
    CHECK(world.http.calls[0].headers[0] == "Authorization: Bearer of Jira");
    world.http.answer(201, "");
    REQUIRE(world.jira->set_issue_property("10001", "pagepress.r", R"({"page":"7"})"));
    CHECK(world.http.line(1) == "PUT " + kBase + "/rest/api/2/issue/10001/properties/pagepress.r");
}

TEST_CASE("A search of Data Center counts parts off until its total", "[jira_dc]") {
    World world;
    world.answer_part(0, 3, {"1", "2"});
    world.answer_part(2, 3, {"3"});
    const auto found = world.jira->search("project = P", {"summary"}, 1'000);
    REQUIRE(found);
    CHECK(found->issues.size() == 3);
    CHECK(world.http.line(0) == "POST " + kBase + "/rest/api/2/search");
    CHECK(world.http.calls[0].read_only);
    CHECK(
        world.request(0) ==
        boost::json::parse(R"({"jql":"project = P ORDER BY key DESC","fields":["summary"],
              "maxResults":100,"startAt":0,"expand":["names"]})")
    );
    CHECK(world.request(1).at("startAt") == 2);
    CHECK(world.http.calls.size() == 2);
}

TEST_CASE("A search for ids of Data Center asks for nothing else", "[jira_dc]") {
    World world;
    world.answer_part(0, 2, {"1", "2"});
    const auto ids = world.jira->search_ids("project = P\nORDER BY key", 10'000);
    REQUIRE(ids);
    CHECK(*ids == std::vector<std::string>{"1", "2"});
    CHECK(
        world.request(0) == boost::json::parse(R"({"jql":"project = P ORDER BY key","fields":["id"],
              "maxResults":1000,"startAt":0})")
    );
}

TEST_CASE("A search of Data Center that shifted while it was read is read again", "[jira_dc]") {
    World world;
    world.answer_part(0, 4, {"1", "2"});
    SECTION("an issue went away") {
        world.answer_part(2, 3, {"4"});
    }
    SECTION("one came and another went") {
        world.answer_part(2, 4, {"2", "3"});
    }
    world.answer_part(0, 3, {"2", "3"});
    world.answer_part(2, 3, {"4"});
    const auto ids = world.jira->search_ids("project = P", 10);
    REQUIRE(ids);
    CHECK(*ids == std::vector<std::string>{"2", "3", "4"});
    CHECK(world.request(2).at("startAt") == 0);
}

TEST_CASE("A search of Data Center that never stands still is tried later", "[jira_dc]") {
    World world;
    for (int turn = 0; turn < 3; ++turn) {
        world.answer_part(0, 4, {"1", "2"});
        world.answer_part(2, 5, {"3", "4"});
    }
    CHECK(code_of(world.jira->search_ids("project = P", 10)) == ErrorCode::kUnavailable);
    CHECK(world.http.calls.size() == 6);
}

TEST_CASE("A total that no part reaches ends the search all the same", "[jira_dc]") {
    World world;
    world.answer_part(0, 3, {"1", "2"});
    world.answer_part(2, 3, {});
    CHECK(world.jira->search_ids("project = P", 10)->size() == 2);
}

TEST_CASE("Too many issues are noticed by the first part's total", "[jira_dc]") {
    World world;
    world.answer_part(0, 3, {"1", "2"});
    CHECK(code_of(world.jira->search("project = P", {}, 2)) == ErrorCode::kTooLarge);
    CHECK(world.http.calls.size() == 1);
    CHECK(world.request(0).at("maxResults") == 3);
}

TEST_CASE("An empty result that was served to anonymous is no result", "[jira_dc]") {
    World world;
    world.http.answer(
        200, R"({"startAt":0,"total":0,"issues":[]})", {{"x-ausername", "anonymous"}}
    );
    CHECK(code_of(world.jira->search("project = P", {}, 10)) == ErrorCode::kCredentialsRejected);
}

TEST_CASE("Who-am-I of Data Center names a key", "[jira_dc]") {
    World world;
    world.http.answer(200, R"({"key":"JIRAUSER10100","name":"bot","displayName":"Bot"})");
    CHECK(world.jira->myself());
    CHECK(world.http.line(0) == "GET " + kBase + "/rest/api/2/myself");
    world.http.answer(401, R"({"message":"Client must be authenticated"})");
    CHECK(code_of(world.jira->myself()) == ErrorCode::kCredentialsRejected);
}

TEST_CASE("A search is given an order in which no two issues are equal", "[jira_dc]") {
    CHECK(with_stable_order("") == "ORDER BY key DESC");
    CHECK(with_stable_order("project = P ") == "project = P ORDER BY key DESC");
    CHECK(with_stable_order("a = 1 order  by updated") == "a = 1 order  by updated, key ASC");
    CHECK(with_stable_order("a = 1 ORDER BY Key") == "a = 1 ORDER BY Key");
    CHECK(with_stable_order("ORDER BY monkey") == "ORDER BY monkey, key ASC");
    CHECK(
        with_stable_order(R"(summary ~ "x \" order by key")") ==
        R"(summary ~ "x \" order by key" ORDER BY key DESC)"
    );
    CHECK(
        with_stable_order("summary ~ 'order by key'") ==
        "summary ~ 'order by key' ORDER BY key DESC"
    );
    CHECK(with_stable_order("border by = 1") == "border by = 1 ORDER BY key DESC");
}
