// The ingress core behind real sockets, with Kafka and Redis under the test's control.
#include "ingress/http/trigger_service.h"

#include <optional>
#include <string>
#include <vector>

#include "common/job/job_status.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

std::string trigger(std::string_view query, std::string_view key = kRuleKey) {
    return "POST /v1/trigger?" + std::string(query) +
           " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(key) + "\r\n\r\n";
}

const std::string kGoodTrigger = trigger("method=triggerRule&ruleId=release&issueId=PROJ-42");

std::string job_id_of(const RawResponse& response) {
    return string_at(parse_json(response.body, "the reply").value(), "jobId");
}

std::string get_job(const std::string& id, std::string_view key) {
    return "GET /v1/jobs/" + id +
           " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(key) + "\r\n\r\n";
}

}  // namespace

TEST_CASE("202 comes after the delivery report and not before", "[ingress][I1]") {
    TestIngress ingress;
    SocketClient client(ingress.port());
    client.send(kGoodTrigger);
    ingress.wait_for_waiting(1);
    SocketClient other(ingress.port());
    CHECK(other.exchange("GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n").status == 404);
    CHECK_FALSE(client.has_received_anything());
    ingress.report_first(Persistence::kPersisted);
    const RawResponse response = client.receive();
    CHECK(response.status == 202);
    const std::string id = job_id_of(response);
    CHECK(id.size() == 32);
    CHECK(response.header("Location") == "/v1/jobs/" + id);
    ingress.with_sink([&](FakeSink& sink) {
        REQUIRE(sink.records.size() == 1);
        CHECK(sink.records[0].topic == "t.jobs");
        CHECK(sink.records[0].key == "acme/rule/release/PROJ-42");
        CHECK(decode_job(sink.records[0].value)->id == id);
    });
}

TEST_CASE("The documented calls work as curl sends them", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient rule(ingress.port());
    CHECK(
        rule.exchange(
                "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=PROJ-42 HTTP/1.1\r\n"
                "Host: 127.0.0.1:8080\r\nUser-Agent: curl/7.88.1\r\n"
                "x-autopage-api-key: " +
                std::string(kRuleKey) +
                "\r\nContent-Type: application/json\r\nAccept: application/json\r\n\r\n"
        )
            .status == 202
    );
    SocketClient snapshot(ingress.port());
    CHECK(
        snapshot
            .exchange(
                "POST /v1/snapshots/weekly HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n"
                "User-Agent: curl/7.88.1\r\nAccept: */*\r\n"
                "jira-snapshots-api-key: " +
                std::string(kSnapshotKey) + "\r\n\r\n"
            )
            .status == 202
    );
    CHECK(
        snapshot
            .exchange(
                "POST /take-snapshot/4711 HTTP/1.1\r\nHost: a\r\n"
                "jira-snapshots-api-key: " +
                std::string(kSiteKey) + "\r\n\r\n"
            )
            .status == 202
    );
}

TEST_CASE("A rule trigger takes any method and ignores its body", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient client(ingress.port());
    const std::string rest =
        " /v1/trigger?method=triggerRule&ruleId=release&issueId=10001 HTTP/1.1\r\nHost: a\r\n"
        "x-autopage-api-key: " +
        std::string(kRuleKey) + "\r\nContent-Length: 3\r\n\r\n\xff{x";
    CHECK(client.exchange("GET" + rest).status == 202);
    CHECK(client.exchange("PUT" + rest).status == 202);
}

TEST_CASE("Every refusal of a key looks the same", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient client(ingress.port());
    const std::string query = "method=triggerRule&issueId=A-1&ruleId=";
    const RawResponse wrong = client.exchange(trigger(query + "release", "wrong"));
    CHECK(wrong.status == 403);
    CHECK(wrong.header("Content-Type") == "application/problem+json");
    for (const std::string& refused : {
             trigger(query + "release", ""),
             trigger(query + "release", kExpiredKey),
             trigger(query + "release", kOtherRuleKey),
             trigger(query + "nonsense"),
             trigger(query + "off", "rule-key-off"),
             trigger(query + "shut", "rule-key-shut"),
         }) {
        const RawResponse response = client.exchange(refused);
        CHECK(response.status == 403);
        CHECK(response.body == wrong.body);
    }
    CHECK(client.exchange(kGoodTrigger).status == 202);
}

TEST_CASE("Bad calls get a clear answer, and the next good one works", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);

    struct Case {
        std::string bytes;
        int status;
        std::string says;
    };

    const std::string head = "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=A-1";
    const std::string fields =
        " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(kRuleKey) + "\r\n";
    for (const Case& bad : std::vector<Case>{
             {trigger("method=triggerRule&ruleId=release"), 400, "'issueId'"},
             {trigger("method=triggerRule&ruleId=release&issueId=%FF%FE"), 400, "'issueId'"},
             {trigger("ruleId=release&issueId=A-1"), 400, "'method'"},
             {head + fields + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411, "Content-Length"},
             {head + fields + "Content-Length: 10485760\r\n\r\n" + std::string(10'485'760, 'x'),
              413,
              "larger"},
             {"GET /v1/snapshots/weekly HTTP/1.1\r\nHost: a\r\n\r\n", 405, "POST"},
             {"POST /v1/snapshots/ HTTP/1.1\r\nHost: a\r\n\r\n", 404, "nothing"},
             {"POST / HTTP/1.1\r\nHost: a\r\n\r\n", 404, "nothing"},
         }) {
        INFO(bad.bytes.substr(0, 200));
        SocketClient client(ingress.port());
        const RawResponse response = client.exchange(bad.bytes);
        CHECK(response.status == bad.status);
        CHECK(response.header("Content-Type") == "application/problem+json");
        CHECK(response.body.find(bad.says) != std::string::npos);
        CHECK(SocketClient(ingress.port()).exchange(kGoodTrigger).status == 202);
    }
}

TEST_CASE("What Kafka did not acknowledge is 503 with Retry-After", "[ingress][I3]") {
    TestIngress ingress;
    SocketClient client(ingress.port());
    for (const Persistence persistence :
         {Persistence::kNotPersisted, Persistence::kPossiblyPersisted}) {
        client.send(kGoodTrigger);
        ingress.wait_for_waiting(1);
        ingress.report_first(persistence);
        const RawResponse response = client.receive();
        CHECK(response.status == 503);
        CHECK_FALSE(response.header("Retry-After").empty());
    }
}

TEST_CASE(
    "After a failed delivery one call at a time tries, the others are told at once", "[ingress]"
) {
    TestIngress ingress;
    SocketClient first(ingress.port());
    first.send(kGoodTrigger);
    ingress.wait_for_waiting(1);
    ingress.report_first(Persistence::kNotPersisted);
    CHECK(first.receive().status == 503);
    first.send(kGoodTrigger);
    ingress.wait_for_waiting(1);
    SocketClient second(ingress.port());
    CHECK(second.exchange(kGoodTrigger).status == 503);
    ingress.report_first(Persistence::kPersisted);
    CHECK(first.receive().status == 202);
    first.send(kGoodTrigger);
    second.send(kGoodTrigger);
    ingress.wait_for_waiting(2);
}

TEST_CASE("Nobody waits behind brokers that do not answer", "[ingress]") {
    TestIngress ingress({.age_max = Millis(2000)});
    SocketClient first(ingress.port());
    first.send(kGoodTrigger);
    ingress.wait_for_waiting(1);
    ingress.clock().advance(Millis(2001));
    SocketClient second(ingress.port());
    const RawResponse refused = second.exchange(kGoodTrigger);
    CHECK(refused.status == 503);
    CHECK_FALSE(refused.header("Retry-After").empty());
    ingress.report_first(Persistence::kPersisted);
    CHECK(first.receive().status == 202);
    ingress.answer_all(Persistence::kPersisted);
    CHECK(second.exchange(kGoodTrigger).status == 202);
}

TEST_CASE("A full table of pending replies and a full producer are 503", "[ingress]") {
    TestIngress ingress({.count_max = 1});
    SocketClient first(ingress.port());
    first.send(kGoodTrigger);
    ingress.wait_for_waiting(1);
    SocketClient second(ingress.port());
    CHECK(second.exchange(kGoodTrigger).status == 503);
    ingress.report_first(Persistence::kPersisted);
    CHECK(first.receive().status == 202);
    ingress.with_sink([](FakeSink& sink) { sink.error = Error{ErrorCode::kOverloaded, "full"}; });
    CHECK(second.exchange(kGoodTrigger).status == 503);
}

TEST_CASE("Triggers are refused while Kafka is gone or the catalog is not confirmed", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient client(ingress.port());
    ingress.readiness().set_kafka_problem("Kafka: nobody answers.");
    CHECK(client.exchange(kGoodTrigger).status == 503);
    ingress.readiness().set_kafka_problem("");
    CHECK(client.exchange(kGoodTrigger).status == 202);
    ingress.clock().advance(Millis(5001));
    CHECK(client.exchange(kGoodTrigger).status == 503);
    ingress.fixture().catalog().confirm(ingress.clock().steady_now());
    CHECK(client.exchange(kGoodTrigger).status == 202);
}

TEST_CASE("A caller that leaves before the delivery report harms nobody", "[ingress]") {
    TestIngress ingress;
    {
        SocketClient gone(ingress.port());
        gone.send(kGoodTrigger);
        ingress.wait_for_waiting(1);
        gone.reset();
    }
    SocketClient next(ingress.port());
    next.send(kGoodTrigger);
    ingress.wait_for_waiting(2);
    ingress.report_first(Persistence::kPersisted);
    ingress.report_first(Persistence::kPersisted);
    CHECK(next.receive().status == 202);
}

TEST_CASE("A job's status is shown to whoever may trigger it", "[ingress]") {
    TestIngress ingress;
    JobStatus status;
    status.job.id = std::string(32, 'a');
    status.job.site = "acme";
    status.job.rule = "release";
    status.job.issue = "PROJ-42";
    status.state = JobState::kDone;
    status.page_id = "77";
    status.version = 3;
    ingress.with_sink([&](FakeSink&) {
        ingress.redis().hashes[job_status_key(status.job.id)] = to_redis_fields(status);
    });
    SocketClient client(ingress.port());
    const RawResponse shown = client.exchange(get_job(status.job.id, kRuleKey));
    CHECK(shown.status == 200);
    CHECK(shown.body.find(R"("status":"done")") != std::string::npos);
    CHECK(shown.body.find(R"("pageVersion":3)") != std::string::npos);
    CHECK(client.exchange(get_job(status.job.id, kSiteKey)).status == 200);
    CHECK(client.exchange(get_job(status.job.id, kOtherRuleKey)).status == 403);
    CHECK(client.exchange(get_job(status.job.id, "wrong")).status == 403);
    CHECK(client.exchange(get_job("xyz", kRuleKey)).status == 400);
}

TEST_CASE("An unknown job is unknown, and Redis down is 503", "[ingress]") {
    TestIngress ingress;
    SocketClient client(ingress.port());
    const std::string id(32, 'b');
    const RawResponse unknown = client.exchange(get_job(id, kRuleKey));
    CHECK(unknown.status == 200);
    CHECK(unknown.body.find(R"("status":"unknown")") != std::string::npos);
    ingress.with_sink([&](FakeSink&) { ingress.redis().is_down = true; });
    const RawResponse down = client.exchange(get_job(id, kRuleKey));
    CHECK(down.status == 503);
    CHECK_FALSE(down.header("Retry-After").empty());
}
