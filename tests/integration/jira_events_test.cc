// Jira's own webhooks through the real binaries, real Kafka and real Redis: from a signed event to
// the pages of the rules that listen.
#include <set>

#include <boost/json/serialize.hpp>

#include "common/base/digest.h"
#include "common/base/trace_context.h"
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

namespace json = boost::json;

const std::string kSecret = "a secret that Jira knows";
const std::string kOwnAccount = "557058:pagepress";
const std::string kTrace = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Writes an entry of the catalog anew with further members.
void amend(Stack& stack, const std::string& path, const json::object& members) {
    const auto stored = parse_json(stack.admin("GET", "/admin/v1/" + path).body, "entry");
    REQUIRE(stored);
    json::object document = find(*stored, "document")->get_object();
    for (const auto& member : members) document.insert_or_assign(member.key(), member.value());
    const auto written = stack.admin("PUT", "/admin/v1/" + path, json::serialize(document));
    if (written.status != 200) FAIL(written.body);
}

/// A stack whose site takes events; both rules hear updates.
class EventStack {
public:
    EventStack() : stack(1) {
        amend(
            stack,
            "sites/acme",
            {{"webhook_secret_file", folder_.write("webhook-secret", kSecret + "\n")},
             {"jira_account_id", kOwnAccount}}
        );
        for (const std::string path : {"rules/page", "rules/sheet"}) {
            amend(stack, path, {{"events", json::array{"issue_updated"}}});
        }
    }

    HttpAnswer send(const std::string& body, const std::string& secret = kSecret) {
        return stack.call({
            .method = "POST",
            .url = "/v1/events/jira/acme",
            .headers =
                {"X-Hub-Signature: sha256=" + to_hex(hmac_sha256(secret, body)),
                 "X-Atlassian-Webhook-Identifier: 7e1f",
                 "traceparent: 00-" + kTrace + "-00f067aa0ba902b7-01"},
            .body = body,
        });
    }

    void write_secret(const std::string& secret) const {
        folder_.write("webhook-secret", secret + "\n");
    }

    Stack stack;

private:
    TempDir folder_;
};

std::string updated_issue(const std::string& key, const std::string& account) {
    return R"({"timestamp":1700000000000,"webhookEvent":"jira:issue_updated",)"
           R"("issue_event_type_name":"issue_generic","user":{"accountId":")" +
           account + R"("},"issue":{"key":")" + key +
           R"(","fields":{"project":{"key":"DEMO"}}},"changelog":{"items":[{"field":"summary",)"
           R"("fieldId":"summary"}]}})";
}

/// The same with a comment that makes it so large.
std::string large_event(std::size_t bytes) {
    std::string body = updated_issue("DEMO-3", "5b10:alice");
    const std::string member = R"(,"comment":{"body":""}})";
    body.replace(body.size() - 1, 1, member);
    body.insert(body.size() - 3, bytes - body.size(), 'x');
    return body;
}

std::vector<std::string> job_ids_of(const HttpAnswer& answer) {
    std::vector<std::string> ids;
    const auto reply = parse_json(answer.body, "reply");
    REQUIRE(reply);
    for (const json::value& job : find(*reply, "jobs")->get_array()) {
        ids.push_back(string_at(job, "jobId"));
    }
    return ids;
}

}  // namespace

TEST_CASE("One signed event fires two rules, and delivered again it changes nothing", "[events]") {
    EventStack events;
    Stack& stack = events.stack;
    stack.site.edit_issue("DEMO-3", R"({"summary":"Heard of"})");
    const std::string body = updated_issue("DEMO-3", "5b10:alice");
    const HttpAnswer first = events.send(body);
    REQUIRE(first.status == 202);
    const std::vector<std::string> jobs = job_ids_of(first);
    REQUIRE(jobs.size() == 2);
    REQUIRE(stack.unfinished(jobs).empty());
    for (const std::string& job : jobs) CHECK(string_at(stack.job(job), "status") == "done");
    CHECK(violations(stack.site, {{"DEMO-3", "Heard of"}}).empty());
    std::set<std::string> titles;
    for (const PublishedVersion& version : stack.site.versions()) titles.insert(version.title);
    CHECK(titles.contains("DEMO-3: Heard of"));
    CHECK(titles.contains("Sheet of DEMO-3"));
    CHECK(stack.worker_log(0).find("trace_id=" + kTrace) != std::string::npos);

    // What a second press of the same jobs would show.
    stack.site.edit_issue("DEMO-3", R"({"summary":"Not asked for"})");
    const std::size_t versions = stack.site.versions().size();
    const HttpAnswer again = events.send(body);
    REQUIRE(again.status == 202);
    CHECK(job_ids_of(again) == jobs);
    // Jobs of the same pages behind the repeats: they alone may write.
    for (const std::string rule : {"page", "sheet"}) {
        const auto later = stack.trigger_rule(rule, "DEMO-3");
        REQUIRE(later.status == 202);
        REQUIRE(stack.unfinished({job_id_of(later)}).empty());
    }
    CHECK(stack.site.versions().size() == versions + 2);
    CHECK(violations(stack.site, {{"DEMO-3", "Not asked for"}}) == std::vector<std::string>{});

    const HttpAnswer large = events.send(large_event(1'048'576));
    CHECK(large.status == 202);
    CHECK(stack.unfinished(job_ids_of(large)).empty());
    CHECK(events.send(large_event(1'048'577)).status == 413);
    const auto batch = stack.call({
        .method = "POST",
        .url = "/v1/batches",
        .headers = {},
        .body = large_event(300'000),
    });
    CHECK(batch.status == 413);
}

TEST_CASE("An event that is not signed, or our own account's, presses nothing", "[events]") {
    EventStack events;
    Stack& stack = events.stack;
    const std::size_t versions = stack.site.versions().size();
    const HttpAnswer forged = events.send(updated_issue("DEMO-5", "5b10:alice"), "a guess");
    CHECK(forged.status == 403);
    CHECK(forged.header("content-type") == "application/problem+json");
    const HttpAnswer own = events.send(updated_issue("DEMO-5", kOwnAccount));
    CHECK(own.status == 204);
    CHECK(own.body.empty());
    CHECK(read_topic_to_end(stack.kafka.bootstrap(), "pagepress.jobs").empty());
    CHECK(stack.site.versions().size() == versions);
}

TEST_CASE("A changed webhook secret is known before the next event comes", "[events]") {
    EventStack events;
    const std::string body = updated_issue("DEMO-5", kOwnAccount);
    CHECK(events.send(body).status == 204);
    events.write_secret("another secret");
    CHECK(eventually(std::chrono::minutes(1), [&] {
        return events.stack.ingress_log().find("a secret has changed") != std::string::npos;
    }));
    CHECK(events.send(body).status == 403);
    CHECK(events.send(body, "another secret").status == 204);
}

TEST_CASE("An Idempotency-Key that was used for another call is refused", "[events]") {
    Stack stack(1);
    const auto call = [&](const std::string& issue) {
        return stack.call({
            .method = "POST",
            .url = "/v1/trigger?method=triggerRule&ruleId=page&issueId=" + issue,
            .headers = {"x-autopage-api-key: " + stack.key("page"), "Idempotency-Key: build-7"},
        });
    };
    const HttpAnswer first = call("DEMO-1");
    REQUIRE(first.status == 202);
    CHECK(call("DEMO-2").status == 422);
    CHECK(job_id_of(call("DEMO-1")) == job_id_of(first));
    REQUIRE(stack.unfinished({job_id_of(first)}).empty());
    stack.redis.stop();
    CHECK(call("DEMO-2").status == 202);
}
