// Webhooks in the forms that Jira Cloud and Data Center send them.
#include "ingress/events/jira_message.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;

namespace {

using Events = std::vector<JiraEvent>;

const std::string kIssue =
    R"("issue":{"id":"10042","key":"demo-7","fields":{"project":{"key":"DEMO"},)"
    R"("issuetype":{"name":"Bug"}}})";

/// An event of the issue DEMO-7 with further members.
std::string issue_event(std::string_view name, std::string_view members = {}) {
    return R"({"webhookEvent":")" + std::string(name) + R"(",)" + kIssue +
           R"(,"user":{"accountId":"5b10:alice"})" + std::string(members) + "}";
}

JiraMessage read(const std::string& body) {
    auto message = read_jira_message(body);
    if (!message) FAIL(message.error().message);
    return *std::move(message);
}

std::string changelog(std::string_view items) {
    return R"(,"changelog":{"items":[)" + std::string(items) + "]}";
}

Events updated(std::string_view members) {
    return read(issue_event("jira:issue_updated", members)).events;
}

}  // namespace

TEST_CASE("An event tells its issue, project, type and who caused it", "[events]") {
    const JiraMessage message = read(issue_event("jira:issue_created"));
    CHECK(message.events == Events{JiraEvent::kIssueCreated});
    CHECK(message.issue == "10042");
    CHECK(message.project == "DEMO");
    CHECK(message.issue_type == "Bug");
    CHECK(message.actor == std::vector<std::string>{"5b10:alice"});
    CHECK(message.jql.empty());
}

TEST_CASE("What is missing of an issue is taken from its key", "[events]") {
    const JiraMessage message =
        read(R"({"webhookEvent":"jira:issue_created","issue":{"key":"demo-7"}})");
    CHECK(message.issue == "demo-7");
    CHECK(message.project == "DEMO");
    CHECK(message.actor.empty());
}

TEST_CASE("An update tells the changed fields by id and by name", "[events]") {
    const JiraMessage message = read(issue_event(
        "jira:issue_updated",
        R"(,"issue_event_type_name":"issue_generic")" +
            changelog(R"({"field":"Story Points","fieldId":"customfield_10016"},)"
                      R"({"field":"status","fieldId":"status"})")
    ));
    CHECK(message.events == Events{JiraEvent::kIssueUpdated});
    CHECK(
        message.changed_fields ==
        std::vector<std::string>{"Story Points", "customfield_10016", "status", "status"}
    );
}

TEST_CASE("An assignment is an update in which somebody becomes the assignee", "[events]") {
    const Events both{JiraEvent::kIssueUpdated, JiraEvent::kIssueAssigned};
    CHECK(updated(changelog(R"({"field":"assignee","from":null,"to":"5b10:bob"})")) == both);
    CHECK(updated(R"(,"issue_event_type_name":"issue_assigned")") == both);
    CHECK(
        updated(
            R"(,"issue_event_type_name":"issue_assigned")" +
            changelog(R"({"field":"assignee","from":"5b10:bob","to":null})")
        ) == Events{JiraEvent::kIssueUpdated}
    );
}

TEST_CASE("An update that changes nothing but remote links is none", "[events]") {
    const std::string link = R"({"field":"RemoteIssueLink","to":"10001"})";
    CHECK(updated(changelog(link)).empty());
    CHECK(updated(changelog(link + R"(,{"field":"status"})")) == Events{JiraEvent::kIssueUpdated});
}

TEST_CASE("Somebody new in a changed description is a mention", "[events]") {
    const auto description = [](std::string_view before, std::string_view after) {
        return changelog(
            R"({"field":"description","fromString":")" + std::string(before) + R"(","toString":")" +
            std::string(after) + R"("})"
        );
    };
    const Events mentioned{JiraEvent::kIssueUpdated, JiraEvent::kIssueMentioned};
    const Events plain{JiraEvent::kIssueUpdated};
    CHECK(updated(description("", "ask [~accountid:5b10:bob]")) == mentioned);
    CHECK(updated(description("[~bob] ask", "ask [~bob] again")) == plain);
    CHECK(updated(description("[~bob]", "[~bob] or [~eve]")) == mentioned);
    CHECK(updated(description("", "no [~] one, [~ \\n] nor [~open")) == plain);
}

TEST_CASE("A mention in a new issue is found in text and in a document", "[events]") {
    const auto created = [](std::string_view description) {
        return read(
                   R"({"webhookEvent":"jira:issue_created","issue":{"id":7,"fields":{)"
                   R"("description":)" +
                   std::string(description) + "}}}"
        )
            .events;
    };
    const Events mentioned{JiraEvent::kIssueCreated, JiraEvent::kIssueMentioned};
    CHECK(created(R"("dear [~accountid:5b10:bob]")") == mentioned);
    CHECK(
        created(R"({"type":"doc","content":[{"type":"paragraph","content":[{"type":"mention",)"
                R"("attrs":{"id":"5b10:bob"}}]}]})") == mentioned
    );
    CHECK(created("null") == Events{JiraEvent::kIssueCreated});
    CHECK(created(R"({"type":"doc","content":[{"type":"text","text":"mention"}]})").size() == 1);
}

TEST_CASE("Comments come in the form of Cloud and in that of Data Center", "[events]") {
    const std::string cloud =
        R"(,"comment":{"body":"see [~accountid:5b10:bob]","author":{"accountId":"5b10:carol"},)"
        R"("updateAuthor":{"accountId":"5b10:dave"}})";
    const Events both{JiraEvent::kIssueCommented, JiraEvent::kIssueMentioned};
    const auto without_user = [&](std::string_view name) {
        return read(R"({"webhookEvent":")" + std::string(name) + R"(",)" + kIssue + cloud + "}");
    };
    CHECK(without_user("comment_created").events == both);
    CHECK(without_user("comment_created").actor == std::vector<std::string>{"5b10:carol"});
    CHECK(without_user("comment_updated").actor == std::vector<std::string>{"5b10:dave"});
    const JiraMessage server = read(
        R"({"webhookEvent":"jira:issue_updated","issue_event_type_name":"issue_commented",)" +
        kIssue + R"(,"user":{"key":"JIRAUSER1","name":"carol"},"comment":{"body":"done"}})"
    );
    CHECK(server.events == Events{JiraEvent::kIssueCommented});
    CHECK(server.actor == std::vector<std::string>{"JIRAUSER1", "carol"});
    CHECK(updated(R"(,"issue_event_type_name":"issue_comment_deleted")").empty());
}

TEST_CASE("Sprints and versions become a search for their issues", "[events]") {
    const JiraMessage sprint =
        read(R"({"webhookEvent":"sprint_closed","sprint":{"id":17,"name":"S 1"}})");
    CHECK(sprint.events == Events{JiraEvent::kSprintClosed});
    CHECK(sprint.jql == "sprint = 17");
    const JiraMessage version =
        read(R"({"webhookEvent":"jira:version_released","version":{"id":"10001"}})");
    CHECK(version.events == Events{JiraEvent::kVersionReleased});
    CHECK(version.jql == "fixVersion = 10001");
}

TEST_CASE("What no rule can listen to is no event, and no error either", "[events]") {
    for (const std::string name :
         {"jira:issue_deleted",
          "comment_deleted",
          "sprint_deleted",
          "issue_property_set",
          "jira:version_moved",
          "worklog_created"}) {
        INFO(name);
        CHECK(read(R"({"webhookEvent":")" + name + R"("})").events.empty());
    }
}

TEST_CASE("What is no event is an error that names what is wrong", "[events]") {
    const auto problem = [](std::string_view body) {
        const auto message = read_jira_message(body);
        REQUIRE_FALSE(message);
        return message.error().message;
    };
    CHECK(problem("").find("the event") != std::string::npos);
    CHECK(problem("[]").find("'webhookEvent'") != std::string::npos);
    CHECK(problem(R"({"webhookEvent":7})").find("'webhookEvent'") != std::string::npos);
    CHECK(
        problem(R"({"webhookEvent":"jira:issue_created","issue":{"id":"x y"}})").find("issue.id") !=
        std::string::npos
    );
    CHECK(
        problem(R"({"webhookEvent":"sprint_closed","sprint":{"id":"1 OR 1=1"}})")
            .find("sprint.id") != std::string::npos
    );
    CHECK(
        problem(R"({"webhookEvent":"sprint_closed","sprint":{"id":-1}})").find("sprint.id") !=
        std::string::npos
    );
}
