#include "ingress/events/listening_rules.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::ingress;

namespace {

Rule listening(std::vector<JiraEvent> events, EventCondition condition = {}) {
    Rule rule;
    rule.id = "release";
    rule.site = "acme";
    rule.events = std::move(events);
    rule.condition = std::move(condition);
    return rule;
}

JiraMessage update_of_bug() {
    return {
        .events = {JiraEvent::kIssueUpdated, JiraEvent::kIssueAssigned},
        .issue = "10042",
        .project = "DEMO",
        .issue_type = "Bug",
        .changed_fields = {"Status", "status", "Story Points", "customfield_10016"},
    };
}

JiraMessage closed_sprint() {
    return {.events = {JiraEvent::kSprintClosed}, .jql = "sprint = 17"};
}

}  // namespace

TEST_CASE("A rule is fired by an event that it listens to", "[events]") {
    CHECK(is_fired(listening({JiraEvent::kIssueUpdated}), update_of_bug()));
    CHECK(
        is_fired(listening({JiraEvent::kSprintClosed, JiraEvent::kIssueAssigned}), update_of_bug())
    );
    CHECK_FALSE(is_fired(listening({JiraEvent::kIssueCreated}), update_of_bug()));
    CHECK_FALSE(is_fired(listening({}), update_of_bug()));
    Rule off = listening({JiraEvent::kIssueUpdated});
    off.enabled = false;
    CHECK_FALSE(is_fired(off, update_of_bug()));
}

TEST_CASE("A condition asks for project and issue type", "[events]") {
    const auto fired = [](const EventCondition& condition) {
        return is_fired(listening({JiraEvent::kIssueUpdated}, condition), update_of_bug());
    };
    CHECK(fired({.projects = {"OPS", "DEMO"}}));
    CHECK_FALSE(fired({.projects = {"OPS"}}));
    CHECK(fired({.projects = {"DEMO"}, .issue_types = {"story", "bug"}}));
    CHECK_FALSE(fired({.projects = {"DEMO"}, .issue_types = {"Story"}}));
    JiraMessage untold = update_of_bug();
    untold.issue_type.clear();
    CHECK_FALSE(is_fired(listening({JiraEvent::kIssueUpdated}, {.issue_types = {"Bug"}}), untold));
}

TEST_CASE("Changed fields are asked of updates alone", "[events]") {
    const auto fired = [](std::vector<JiraEvent> events, std::vector<std::string> fields) {
        return is_fired(
            listening(std::move(events), {.changed_fields = std::move(fields)}), update_of_bug()
        );
    };
    CHECK(fired({JiraEvent::kIssueUpdated}, {"priority", "story points"}));
    CHECK(fired({JiraEvent::kIssueUpdated}, {"customfield_10016"}));
    CHECK_FALSE(fired({JiraEvent::kIssueUpdated}, {"priority"}));
    CHECK(fired({JiraEvent::kIssueUpdated, JiraEvent::kIssueAssigned}, {"priority"}));
}

TEST_CASE("A fired rule becomes a job of the issue, the same for every delivery", "[events]") {
    const Rule rule = listening({JiraEvent::kIssueUpdated});
    const Job job = job_of(rule, update_of_bug(), "m1");
    CHECK(job.kind == JobKind::kRule);
    CHECK(route_key(job) == "acme/rule/release/10042");
    CHECK(job.id == job_of(rule, update_of_bug(), "m1").id);
    CHECK(job.id != job_of(rule, update_of_bug(), "m2").id);
    Rule other = rule;
    other.id = "other";
    CHECK(job.id != job_of(other, update_of_bug(), "m1").id);
    CHECK(is_job_id(job.id));
}

TEST_CASE("A sprint becomes a batch whose search the condition narrows", "[events]") {
    const Rule rule = listening(
        {JiraEvent::kSprintClosed}, {.projects = {"DEMO", "OPS"}, .issue_types = {R"(say "hi\")"}}
    );
    CHECK(is_fired(rule, closed_sprint()));
    const Job job = job_of(rule, closed_sprint(), "m1");
    CHECK(job.kind == JobKind::kBatch);
    REQUIRE(job.batch.has_value());
    CHECK(job.batch->select == Batch::Select::kJql);
    CHECK(job.batch->rule == "release");
    CHECK(
        job.batch->jql ==
        R"(sprint = 17 AND project in ("DEMO","OPS") AND issuetype in ("say \"hi\\\""))"
    );
    CHECK(decode_job(encode(job)).value() == job);
    CHECK(job_of(listening({}), closed_sprint(), "m1").batch->jql == "sprint = 17");
}
