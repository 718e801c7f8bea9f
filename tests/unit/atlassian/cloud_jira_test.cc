// The requests of the Jira Cloud client, and what it makes of the answers.
#include "worker/jira/cloud_jira.h"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

const std::string kBase = "https://example.atlassian.net";

struct World {
    ScriptedHttp http;
    FixedClock clock;
    std::unique_ptr<Jira> jira = make_cloud_jira(
        {.site = "acme",
         .jira_url = kBase,
         .confluence_url = kBase + "/wiki",
         .authorization = "Basic abc"},
        http,
        clock
    );

    boost::json::value request(std::size_t index) const {
        return boost::json::parse(http.calls.at(index).body);
    }
};

/// A part of the recorded search of two parts.
std::string recorded_part(std::size_t index) {
    const auto parts = boost::json::parse(recorded("composed-search-jql-two-pages.json"));
    return boost::json::serialize(parts.as_array().at(index));
}

std::string part(const std::string& id, const std::string& token) {
    return R"({"issues":[{"id":")" + id + R"(","key":"P-)" + id + R"("}],"nextPageToken":")" +
           token + R"("})";
}

}  // namespace

TEST_CASE("An issue is read with all fields, names and one property", "[jira]") {
    World world;
    world.http.answer(
        200, R"({"id":"10001","key":"NEW-1","fields":{"summary":"S"},"names":{"summary":"Summary"},
                 "properties":{"pagepress.r":{"page":"7"}}})"
    );
    const auto issue = world.jira->issue("OLD-1", "pagepress.r");
    REQUIRE(issue);
    CHECK(issue->id == "10001");
    CHECK(issue->key == "NEW-1");
    CHECK(issue->fields.at("summary") == "S");
    CHECK(issue->names.at("summary") == "Summary");
    CHECK(issue->properties.at("pagepress.r").at("page") == "7");
    CHECK(
        world.http.line(0) ==
        "GET " + kBase + "/rest/api/3/issue/OLD-1?fields=*all&expand=names&properties=pagepress.r"
    );
}

TEST_CASE("An issue is missing only if our credentials are good", "[jira]") {
    World world;
    const std::string gone =
        R"({"errorMessages":["Issue does not exist or you do not have permission to see it."]})";
    SECTION("good") {
        world.http.answer(404, gone);
        world.http.answer(200, recorded("spec-myself.json"));
        world.http.answer(404, gone);
        const auto issue = world.jira->issue("10001", "");
        CHECK(issue.error().code == ErrorCode::kNotFound);
        CHECK(
            issue.error().message.ends_with("permission to see it; it is gone, or hidden from the "
                                            "account")
        );
        CHECK(world.http.line(1) == "GET " + kBase + "/rest/api/3/myself");
    }
    SECTION("lost, as the probe shows") {
        world.http.answer(404, gone);
        world.http.answer(401, "");
        CHECK(code_of(world.jira->issue("10001", "")) == ErrorCode::kCredentialsRejected);
    }
    SECTION("lost, as the answer itself shows") {
        world.http.answer(404, gone, {{"x-seraph-loginreason", "AUTHENTICATED_FAILED"}});
        CHECK(code_of(world.jira->issue("10001", "")) == ErrorCode::kCredentialsRejected);
        CHECK(world.http.calls.size() == 1);
    }
}

TEST_CASE("What is no issue id or key never becomes a part of a path", "[jira]") {
    World world;
    for (const char* name : {"", "..", "A-1/../x", "A-1?x=y", "A 1"}) {
        CAPTURE(name);
        CHECK(code_of(world.jira->issue(name, "")) == ErrorCode::kNotFound);
        CHECK(code_of(world.jira->set_issue_property(name, "k", "1")) == ErrorCode::kNotFound);
    }
    CHECK(world.http.calls.empty());
}

TEST_CASE("An issue without id or key is corrupt", "[jira]") {
    World world;
    world.http.answer(200, R"({"fields":{}})");
    CHECK(code_of(world.jira->issue("10001", "")) == ErrorCode::kCorrupt);
}

TEST_CASE("An issue property is put", "[jira]") {
    World world;
    const int status = GENERATE(200, 201);
    world.http.answer(status, "");
    REQUIRE(world.jira->set_issue_property("10001", "pagepress.r 1", R"({"page":"7"})"));
    CHECK(
        world.http.line(0) == "PUT " + kBase + "/rest/api/3/issue/10001/properties/pagepress.r%201"
    );
    CHECK(world.http.calls[0].body == R"({"page":"7"})");
    CHECK_FALSE(world.http.calls[0].read_only);
}

TEST_CASE("A search follows tokens to the last part", "[jira]") {
    World world;
    world.http.answer(200, recorded_part(0));
    world.http.answer(200, recorded_part(1));
    const auto found = world.jira->search("project = P\r\nORDER BY key\n", {"summary"}, 1'000);
    REQUIRE(found);
    REQUIRE(found->issues.size() == 5);
    CHECK(found->issues[0].key == "PROJ-1");
    CHECK(found->issues[4].fields.at("summary") == "S5");
    REQUIRE(world.http.calls.size() == 2);
    CHECK(world.http.line(0) == "POST " + kBase + "/rest/api/3/search/jql");
    CHECK(world.http.calls[0].read_only);
    CHECK(
        world.request(0) ==
        boost::json::parse(R"({"jql":"project = P  ORDER BY key ","fields":["summary"],
              "maxResults":100,"expand":"names"})")
    );
    CHECK(world.request(1).at("nextPageToken") == "CAEaAggD");
    CHECK(world.request(1).at("jql") == world.request(0).at("jql"));
}

TEST_CASE("A search for ids asks for nothing else, and follows tokens", "[jira]") {
    World world;
    world.http.answer(200, R"({"issues":[{"id":"1"},{"id":"2"}],"nextPageToken":"more"})");
    world.http.answer(200, R"({"issues":[{"id":"2"},{"id":"3"}],"isLast":true})");
    const auto ids = world.jira->search_ids("project = P\nORDER BY key", 10'000);
    REQUIRE(ids);
    CHECK(*ids == std::vector<std::string>{"1", "2", "3"});
    CHECK(
        world.request(0) ==
        boost::json::parse(R"({"jql":"project = P ORDER BY key","fields":["id"],"maxResults":5000})"
        )
    );
    CHECK(world.request(1).at("nextPageToken") == "more");
    world.http.answer(200, R"({"issues":[{"id":"1"},{"id":"2"}],"isLast":true})");
    CHECK(code_of(world.jira->search_ids("project = P", 1)) == ErrorCode::kTooLarge);
    CHECK(world.request(2).at("maxResults") == 2);
    world.http.answer(200, R"({"isLast":true})");
    CHECK(code_of(world.jira->search_ids("project = P", 1)) == ErrorCode::kCorrupt);
}

TEST_CASE("A search collects the names of fields", "[jira]") {
    World world;
    world.http.answer(200, R"({"issues":[],"isLast":true,"names":{"customfield_1":"Points"}})");
    const auto found = world.jira->search("project = P", {"customfield_1"}, 10);
    REQUIRE(found);
    CHECK(found->names.at("customfield_1") == "Points");
    CHECK(world.request(0).at("maxResults") == 11);
}

TEST_CASE("A search ends at a part that brings nothing new", "[jira]") {
    World world;
    for (int turn = 0; turn < 3; ++turn) world.http.answer(200, part("1", "again"));
    const auto found = world.jira->search("project = P", {"summary"}, 10);
    REQUIRE(found);
    CHECK(found->issues.size() == 1);
    CHECK(world.http.calls.size() == 2);
}

TEST_CASE("A search of exactly the limit is taken and one more is too large", "[jira]") {
    World world;
    world.http.answer(200, part("1", "a"));
    world.http.answer(200, part("2", ""));
    const auto found = world.jira->search("project = P", {"summary"}, 2);
    REQUIRE(found);
    CHECK(found->issues.size() == 2);
    world.http.answer(200, part("1", "a"));
    world.http.answer(200, part("2", ""));
    CHECK(code_of(world.jira->search("project = P", {"summary"}, 1)) == ErrorCode::kTooLarge);
}

TEST_CASE("Jira's own words about bad JQL are kept", "[jira]") {
    World world;
    world.http.answer(400, R"({"errorMessages":["Field 'x' does not exist."],"errors":{}})");
    const auto found = world.jira->search("x = 1", {"summary"}, 10);
    CHECK(found.error().code == ErrorCode::kInvalidInput);
    CHECK(found.error().message.find("Field 'x' does not exist.") != std::string::npos);
}

TEST_CASE("A token that went bad does not make the JQL bad", "[jira]") {
    World world;
    world.http.answer(200, part("1", "a"));
    world.http.answer(400, R"({"errorMessages":["The provided next page token is invalid."]})");
    CHECK(code_of(world.jira->search("project = P", {"summary"}, 10)) == ErrorCode::kUnavailable);
}

TEST_CASE("An empty result served as anonymous is no result", "[jira]") {
    World world;
    const auto answer = recorded_answer("jira-cloud-anonymous-fallback-200.http");
    world.http.answer(answer.status, answer.body, answer.headers);
    CHECK(
        code_of(world.jira->search("project = P", {"summary"}, 10)) ==
        ErrorCode::kCredentialsRejected
    );
}

TEST_CASE("Who-am-I proves the credentials", "[jira]") {
    World world;
    world.http.answer(200, recorded("spec-myself.json"));
    CHECK(world.jira->myself());
    CHECK(world.http.line(0) == "GET " + kBase + "/rest/api/3/myself");
    for (const int status : {401, 403, 404}) {
        world.http.answer(status, "");
        CHECK(code_of(world.jira->myself()) == ErrorCode::kCredentialsRejected);
    }
    world.http.answer(200, "{}");
    CHECK(code_of(world.jira->myself()) == ErrorCode::kCredentialsRejected);
    world.http.answer(503, "");
    CHECK(code_of(world.jira->myself()) == ErrorCode::kUnavailable);
}
