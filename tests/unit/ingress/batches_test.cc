// Batches on both listeners: what is taken, what is refused, and how far one has come.
#include <string>
#include <vector>

#include "common/audit/audit_event.h"
#include "common/base/trace_context.h"
#include "common/job/batch_status.h"
#include "common/job/job_status.h"
#include "common/json/json_value.h"
#include "tests/support/captured_stderr.h"
#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_admin.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

const std::string kId(32, 'b');

std::string request(
    std::string_view method,
    std::string_view path,
    std::string_view body = {},
    std::string_view key = kSiteKey,
    std::string_view more = {}
) {
    return std::string(method) + " " + std::string(path) +
           " HTTP/1.1\r\nHost: a\r\njira-snapshots-api-key: " + std::string(key) +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + std::string(more) +
           "\r\n" + std::string(body);
}

std::string post(std::string_view body, std::string_view key = kSiteKey) {
    return request("POST", "/v1/batches", body, key);
}

const std::string kIssues = R"({"rule":"release","issues":["PROJ-1","PROJ-2"],"spread":"30m"})";

RawResponse ask(TestIngress& ingress, const std::string& bytes) {
    SocketClient client(ingress.port());
    return client.exchange(bytes);
}

std::string status_in(std::string_view body) {
    return string_at(parse_json(body, "the reply").value(), "status");
}

/// Reply of the script that reads a batch.
RedisReply known_batch(
    const std::string& site, const std::string& state, std::int64_t done, std::int64_t queued
) {
    RedisReply reply{.kind = RedisReply::Kind::kArray, .text = {}};
    for (const std::string& text : {site, state, std::string("3"), std::string(), std::string()}) {
        reply.items.push_back({.kind = RedisReply::Kind::kText, .text = text});
    }
    for (const std::int64_t count :
         {queued, std::int64_t{0}, done, std::int64_t{0}, std::int64_t{0}, std::int64_t{0}}) {
        reply.items.push_back({.kind = RedisReply::Kind::kText, .text = std::to_string(count)});
    }
    return reply;
}

void set_batch(TestIngress& ingress, const RedisReply& reply) {
    ingress.with_sink([&](FakeSink&) { ingress.redis().batches[batch_status_key(kId)] = reply; });
}

bool has_field(std::string_view body, std::string_view field) {
    return body.find("\"field\":\"" + std::string(field) + "\"") != std::string_view::npos;
}

}  // namespace

TEST_CASE("A batch is one record, and its caller is told where its status is", "[batches]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const auto response = ask(ingress, post(kIssues));
    REQUIRE(response.status == 202);
    const std::string id = string_at(parse_json(response.body, "reply").value(), "jobId");
    CHECK(response.header("Location") == "/v1/batches/" + id);
    ingress.with_sink([&](FakeSink& sink) {
        REQUIRE(sink.records.size() == 1);
        CHECK(sink.records[0].key == "acme/batch/" + id);
        const Job job = decode_job(sink.records[0].value).value();
        CHECK(job.id == id);
        CHECK(job.kind == JobKind::kBatch);
        CHECK(job.batch->issues == std::vector<std::string>{"PROJ-1", "PROJ-2"});
        CHECK(job.batch->spread == std::chrono::minutes(30));
        const auto& noted = ingress.redis().commands;
        CHECK(std::ranges::any_of(noted, [&](const RedisCommand& command) {
            return command == note_batch_command(id, "acme");
        }));
    });
}

TEST_CASE("A batch that Kafka did not take is not shown as queued", "[batches][I2]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPossiblyPersisted);
    CHECK(ask(ingress, post(kIssues)).status == 503);
    ingress.with_sink([&](FakeSink&) {
        CHECK(std::ranges::none_of(ingress.redis().commands, [](const RedisCommand& command) {
            return command.at(0) == "EVAL" && command.at(3).starts_with("pagepress:batch:");
        }));
    });
}

TEST_CASE("A batch wants the global key of its site, in either header", "[batches]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    CHECK(ask(ingress, post(kIssues, kRuleKey)).status == 403);
    CHECK(ask(ingress, post(kIssues, "")).status == 403);
    CHECK(ask(ingress, post("not json", "wrong")).status == 403);
    CHECK(
        ask(ingress,
            request(
                "POST",
                "/v1/batches",
                kIssues,
                "",
                "x-autopage-api-key: " + std::string(kSiteKey) + "\r\n"
            ))
            .status == 202
    );
    const auto wrong_method = ask(ingress, request("PUT", "/v1/batches/" + kId));
    CHECK(wrong_method.status == 405);
    CHECK(wrong_method.header("Allow") == "GET, DELETE");
}

TEST_CASE("What is wrong with a batch is told with the name of the member", "[batches]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    CHECK(ask(ingress, post("{")).status == 400);
    const auto refused = [&](std::string_view body, std::string_view field) {
        const auto response = ask(ingress, post(body));
        return response.status == 422 && has_field(response.body, field);
    };
    CHECK(refused(R"({"rule":"shut","issues":["A-1"]})", "rule"));
    CHECK(refused(R"({"rule":"gone","jql":"a = b"})", "rule"));
    CHECK(refused(R"({"snapshots":["weekly","gone"]})", "snapshots[1]"));
    CHECK(refused(R"({"rule":"release","issues":["A 1"]})", "issues[0]"));
    CHECK(refused(R"({"page":"1","spread":"soon"})", "spread"));
    CHECK(refused(R"({"page":"1","site":"acme"})", "site"));
    ingress.with_sink([](FakeSink& sink) { CHECK(sink.records.empty()); });
}

TEST_CASE("The same Idempotency-Key and batch give the same id", "[batches]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const auto id_of = [&](const std::string& body, const std::string& key) {
        const auto response =
            ask(ingress,
                request("POST", "/v1/batches", body, kSiteKey, "Idempotency-Key: " + key + "\r\n"));
        REQUIRE(response.status == 202);
        return string_at(parse_json(response.body, "reply").value(), "jobId");
    };
    const std::string first = id_of(kIssues, "one");
    CHECK(id_of(kIssues, "one") == first);
    CHECK(id_of(kIssues, "two") != first);
}

TEST_CASE("A batch of more bytes than a record may have is refused with its size", "[batches]") {
    Job job;
    job.kind = JobKind::kBatch;
    job.batch = Batch{.select = Batch::Select::kJql, .rule = "R", .jql = std::string(890'000, 'x')};
    CHECK_FALSE(too_large_reply(job));
    job.batch->jql = std::string(kJobBytesMax, 'x');
    const auto reply = too_large_reply(job);
    REQUIRE(reply);
    CHECK(reply->status == 413);
    CHECK(reply->body.find("900000") != std::string::npos);
}

TEST_CASE("A batch's status has its counts, and is for its site alone", "[batches]") {
    TestIngress ingress;
    set_batch(ingress, known_batch("acme", "done", 2, 1));
    const auto response = ask(ingress, request("GET", "/v1/batches/" + kId));
    REQUIRE(response.status == 200);
    CHECK(
        response.body ==
        R"({"batchId":")" + kId +
            R"(","status":"running","site":"acme","total":3,"counts":{"queued":1,"running":0,)"
            R"("done":2,"coalesced":0,"skipped":0,"dead":0}})"
            "\n"
    );
    CHECK(ask(ingress, request("GET", "/v1/batches/" + kId, "", kRuleKey)).status == 403);
    set_batch(ingress, known_batch("other", "done", 2, 1));
    CHECK(ask(ingress, request("GET", "/v1/batches/" + kId)).status == 403);
    set_batch(ingress, known_batch("", "done", 2, 1));
    CHECK(status_in(ask(ingress, request("GET", "/v1/batches/" + kId)).body) == "unknown");
    CHECK(ask(ingress, request("GET", "/v1/batches/xyz")).status == 400);
    ingress.with_sink([&](FakeSink&) { ingress.redis().is_down = true; });
    CHECK(ask(ingress, request("GET", "/v1/batches/" + kId)).status == 503);
}

TEST_CASE("A batch is cancelled by its site, while there is something to cancel", "[batches]") {
    TestIngress ingress;
    const auto cancels = [&] {
        std::size_t count = 0;
        ingress.with_sink([&](FakeSink&) {
            count = static_cast<std::size_t>(
                std::ranges::count(ingress.redis().commands, cancel_batch_command(kId, "acme"))
            );
        });
        return count;
    };
    const std::string cancel = request("DELETE", "/v1/batches/" + kId);
    CHECK(ask(ingress, cancel).status == 404);
    CHECK(cancels() == 1);
    set_batch(ingress, known_batch("other", "running", 1, 2));
    CHECK(ask(ingress, cancel).status == 403);
    set_batch(ingress, known_batch("acme", "done", 3, 0));
    const auto late = ask(ingress, cancel);
    CHECK(late.status == 200);
    CHECK(status_in(late.body) == "done");
    set_batch(ingress, known_batch("acme", "running", 1, 2));
    const auto response = ask(ingress, cancel);
    CHECK(response.status == 202);
    CHECK(status_in(response.body) == "cancelled");
    ingress.with_sink([&](FakeSink&) { ingress.redis().is_down = true; });
    CHECK(ask(ingress, cancel).status == 503);
    CHECK(cancels() == 5);
    CHECK(ingress.redis().commands.size() == 5);  // one command each: nothing comes in between
}

TEST_CASE("While a site is off its batches are seen, and not cancelled", "[batches]") {
    TestIngress ingress;
    const std::string cancel = request("DELETE", "/v1/batches/" + kId);
    const std::string refused = ask(ingress, request("DELETE", "/v1/batches/" + kId, "", "")).body;
    set_batch(ingress, known_batch("acme", "running", 1, 2));
    ingress.fixture().put(
        "site/acme",
        R"({"enabled":false,"jira_url":"https://j.example","confluence_url":"https://c.example",)"
        R"("auth":"basic","secret_file":"/s"})"
    );
    const auto answer = ask(ingress, cancel);
    CHECK(answer.status == 403);
    CHECK(answer.body == refused);
    CHECK(ingress.redis().commands.empty());
    CHECK(ask(ingress, request("GET", "/v1/batches/" + kId)).status == 200);
}

TEST_CASE("The log tells why a status was not shown or a batch not cancelled", "[batches]") {
    TestIngress ingress;
    set_batch(ingress, known_batch("other", "running", 1, 2));
    const auto refused_for = [&](std::string_view method,
                                 const std::string& path,
                                 std::string_view key,
                                 std::string_view reason) {
        CapturedStderr captured;
        const auto answer = ask(ingress, request(method, path + kId, "", key));
        const std::string log = captured.text();
        CAPTURE(method, path, key, log);
        CHECK(answer.status == 403);
        CHECK(answer.body.find(reason) == std::string::npos);
        CHECK(log.find("a call was refused reason=" + std::string(reason)) != std::string::npos);
        CHECK(log.find("path=" + path + kId) != std::string::npos);
    };
    for (const char* method : {"GET", "DELETE"}) {
        refused_for(method, "/v1/batches/", "", "no_key");
        refused_for(method, "/v1/batches/", "wrong", "unknown_key");
        refused_for(method, "/v1/batches/", kExpiredKey, "expired_key");
        refused_for(method, "/v1/batches/", kRuleKey, "key_of_other");
        refused_for(method, "/v1/batches/", kSiteKey, "key_of_other");
    }
    ingress.clock().advance(Millis(1'000));
    refused_for("GET", "/v1/jobs/", "wrong", "unknown_key");
    Job job;
    job.id = kId;
    job.site = "acme";
    job.rule = "other";
    job.issue = "PROJ-1";
    JobStatus status;
    status.job = job;
    ingress.with_sink([&](FakeSink&) {
        ingress.redis().hashes[job_status_key(kId)] = to_redis_fields(status);
    });
    refused_for("GET", "/v1/jobs/", kRuleKey, "key_of_other");
}

TEST_CASE("An admin starts, sees and cancels batches of any site", "[batches]") {
    Admin admin;
    const auto made =
        admin.call("POST", "/admin/v1/batches", R"({"site":"acme","snapshots":["weekly"]})");
    REQUIRE(made.status == 202);
    REQUIRE(admin.jobs.size() == 1);
    const Job& job = admin.jobs[0];
    CHECK(job.site == "acme");
    CHECK(job.batch->snapshots == std::vector<std::string>{"weekly"});
    CHECK(made.body.find("/admin/v1/batches/" + job.id) != std::string::npos);
    admin.redis.batches[batch_status_key(job.id)] = known_batch("acme", "running", 1, 2);
    const auto shown = admin.call("GET", "/admin/v1/batches/" + job.id);
    CHECK(status_in(shown.body) == "running");
    CHECK(admin.call("DELETE", "/admin/v1/batches/" + job.id).status == 202);
    CHECK(admin.redis.commands.back() == cancel_batch_command(job.id));
}

TEST_CASE("An admin's batch is traced, and noted with who made and who cancelled it", "[batches]") {
    Admin admin;
    const std::string trace = "0af7651916cd43dd8448eb211c80319c";
    const auto made = admin.call(
        "POST",
        "/admin/v1/batches",
        R"({"site":"acme","page":"1"})",
        "traceparent: 00-" + trace + "-b7ad6b7169203331-01\r\n",
        "janes-admin-token"
    );
    REQUIRE(made.status == 202);
    REQUIRE(admin.traces.size() == 1);
    CHECK(trace_id_of(admin.traces[0]) == trace);
    const std::string id = admin.jobs.at(0).id;
    admin.redis.batches[batch_status_key(id)] = known_batch("acme", "running", 1, 2);
    CHECK(admin.call("DELETE", "/admin/v1/batches/" + id).status == 202);
    admin.redis.batches[batch_status_key(id)] = known_batch("acme", "done", 3, 0);
    CHECK(admin.call("DELETE", "/admin/v1/batches/" + id).status == 200);
    std::vector<AuditEvent> events;
    for (const std::string& text : admin.topics.values("audit")) {
        events.push_back(decode_audit_event(text).value());
    }
    REQUIRE(events.size() == 2);
    CHECK(events[0].type == "batch.created");
    CHECK(events[0].by == "jane");
    CHECK(events[0].job_id == id);
    CHECK(events[0].site == "acme");
    CHECK(events[1].type == "batch.cancelled");
    CHECK(events[1].by == "admin");
    CHECK(events[1].job_id == id);
    CHECK(events[1].site == "acme");
}

TEST_CASE("An admin's Idempotency-Key stands for one batch", "[batches]") {
    Admin admin;
    const auto post = [&](const std::string& body, const std::string& key) {
        const std::string header = "Idempotency-Key: " + key + "\r\n";
        return admin.call("POST", "/admin/v1/batches", body, header).status;
    };
    const std::string batch = R"({"site":"acme","page":"1"})";
    CHECK(post(batch, "friday") == 202);
    CHECK(post(batch, "friday") == 202);
    CHECK(admin.jobs.at(0).id == admin.jobs.at(1).id);
    CHECK(post(R"({"site":"acme","page":"2"})", "friday") == 422);
    CHECK(post(R"({"site":"acme","page":"2"})", "saturday") == 202);
    CHECK(post(batch, "two words") == 400);
    CHECK(admin.jobs.size() == 3);
}

TEST_CASE("A wait that is none is an admin's mistake too", "[batches]") {
    Admin admin;
    for (const char* const path : {"/admin/v1/jobs/", "/admin/v1/batches/"}) {
        CHECK(admin.call("GET", path + kId + "?wait=2h").status == 400);
        CHECK(admin.call("GET", path + kId + "?wait=soon").status == 400);
        CHECK(admin.call("GET", path + kId).status == 200);
    }
}

TEST_CASE("An admin who waits for a job or batch is told what to ask Redis for", "[batches]") {
    Admin admin;
    const auto command = [&](std::string_view method, const std::string& path) {
        const auto poll = admin.long_poll(method, path);
        return poll ? poll->question.command : RedisCommand{};
    };
    CHECK(command("GET", "/admin/v1/batches/" + kId + "?wait=2s") == read_batch_command(kId));
    CHECK(
        command("GET", "/admin/v1/jobs/" + kId + "?wait=2s") ==
        RedisCommand{"HGETALL", "pagepress:job:" + kId}
    );
    CHECK(command("GET", "/admin/v1/batches/" + kId).empty());
    CHECK(command("GET", "/admin/v1/batches/" + kId + "?wait=2h").empty());
    CHECK(command("DELETE", "/admin/v1/batches/" + kId + "?wait=2s").empty());
    CHECK(command("GET", "/admin/v1/rules/" + kId + "?wait=2s").empty());
    CHECK_FALSE(admin.long_poll("GET", "/admin/v1/jobs/" + kId + "?wait=2s", "wrong"));
}

TEST_CASE("An admin's batch is checked like any other", "[batches]") {
    Admin admin;
    const auto field_of = [&](std::string_view body, std::string_view field) {
        const auto reply = admin.call("POST", "/admin/v1/batches", body);
        return reply.status == 422 && has_field(reply.body, field);
    };
    CHECK(field_of(R"({"snapshots":["weekly"]})", "site"));
    CHECK(field_of(R"({"site":"closed","page":"1"})", "site"));
    CHECK(field_of(R"({"site":"acme","snapshots":["gone"]})", "snapshots[0]"));
    CHECK(admin.call("POST", "/admin/v1/batches", "{").status == 400);
    CHECK(admin.call("GET", "/admin/v1/batches").status == 405);
    CHECK(admin.call("POST", "/admin/v1/batches", "{}", "", "no token").status == 403);
    admin.kafka_error = Error{.code = ErrorCode::kUnavailable, .message = "away"};
    CHECK(admin.call("POST", "/admin/v1/batches", R"({"site":"acme","page":"1"})").status == 503);
    CHECK(admin.jobs.empty());
}
