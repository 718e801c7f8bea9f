// Idempotency-Key: one key stands for one call of one API key.
#include <memory>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

std::string trigger(
    std::string_view issue, std::string_view idempotency_key, std::string_view key = kRuleKey
) {
    std::string text =
        "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=" + std::string(issue) +
        " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(key) + "\r\n";
    if (!idempotency_key.empty()) {
        text += "Idempotency-Key: " + std::string(idempotency_key) + "\r\n";
    }
    return text + "\r\n";
}

RawResponse send(TestIngress& ingress, const std::string& bytes) {
    SocketClient client(ingress.port());
    return client.exchange(bytes);
}

std::size_t record_count(TestIngress& ingress) {
    std::size_t count = 0;
    ingress.with_sink([&](FakeSink& sink) { count = sink.records.size(); });
    return count;
}

}  // namespace

TEST_CASE(
    "The same key with other content is 422, with the same content it is the same job", "[ingress]"
) {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const RawResponse first = send(ingress, trigger("PROJ-42", "run-7"));
    CHECK(first.status == 202);
    CHECK(send(ingress, trigger("proj-42", "run-7")).body == first.body);
    const RawResponse other = send(ingress, trigger("PROJ-43", "run-7"));
    CHECK(other.status == 422);
    CHECK(other.header("Content-Type") == "application/problem+json");
    CHECK(record_count(ingress) == 2);
    CHECK(send(ingress, trigger("PROJ-43", "run-8")).status == 202);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).status == 202);
}

TEST_CASE("A repeated call is put on Kafka again, as the same job", "[ingress][I3][I6]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.redis().is_down = GENERATE(false, true);  // or what it knows of the first call
    const RawResponse first = send(ingress, trigger("PROJ-42", "run-7"));
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).body == first.body);
    std::vector<Record> records;
    ingress.with_sink([&](FakeSink& sink) { records = sink.records; });
    REQUIRE(records.size() == 2);
    CHECK(decode_job(records[0].value)->id == decode_job(records[1].value)->id);
    CHECK(records[0].key == records[1].key);
}

TEST_CASE("A key belongs to the API key that it came with", "[ingress][W30]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.fixture().add_key("k9", "second", ApiKey::Scope::kRule, "acme", "release");
    const RawResponse first = send(ingress, trigger("PROJ-42", "run-7"));
    const RawResponse second = send(ingress, trigger("PROJ-43", "run-7", "second"));
    CHECK(second.status == 202);
    CHECK(send(ingress, trigger("PROJ-42", "run-7", "second")).status == 422);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).body == first.body);
}

TEST_CASE("A global key's pages are told apart by an idempotency key as well", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const auto take = [&](std::string_view page) {
        return send(
            ingress,
            "POST /take-snapshot/" + std::string(page) +
                " HTTP/1.1\r\nHost: a\r\nIdempotency-Key: friday\r\njira-snapshots-api-key: " +
                std::string(kSiteKey) + "\r\n\r\n"
        );
    };
    CHECK(take("1").status == 202);
    CHECK(take("2").status == 422);
    CHECK(take("1").status == 202);
}

TEST_CASE("Nothing is remembered of a call that Kafka did not acknowledge", "[ingress][I2]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kNotPersisted);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).status == 503);
    CHECK(ingress.redis().texts.empty());
    ingress.answer_all(Persistence::kPersisted);
    CHECK(send(ingress, trigger("PROJ-43", "run-7")).status == 202);
}

TEST_CASE("Without Redis calls go on, and the job id keeps repeats harmless", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.redis().is_down = true;
    const RawResponse first = send(ingress, trigger("PROJ-42", "run-7"));
    CHECK(first.status == 202);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).body == first.body);
    CHECK(send(ingress, trigger("PROJ-43", "run-7")).status == 202);
}

TEST_CASE("A call without an idempotency key asks Redis nothing", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    CHECK(send(ingress, trigger("PROJ-42", "")).status == 202);
    CHECK(ingress.redis().commands.empty());
}

TEST_CASE("A key is kept for a day, under a name that does not show it", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).status == 202);
    const RedisCommand stored = ingress.redis().commands.back();
    REQUIRE(stored.size() == 6);
    CHECK(stored[0] == "SET");
    CHECK(stored[1].starts_with("pagepress:idempotency:"));
    CHECK(stored[1].find("run-7") == std::string::npos);
    CHECK(
        std::vector<std::string>{stored[3], stored[4], stored[5]} ==
        std::vector<std::string>{"NX", "EX", "86400"}
    );
}

TEST_CASE(
    "The caller's trace goes on in the record, and without one a new trace begins", "[ingress]"
) {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const std::string trace = "4bf92f3577b34da6a3ce929d0e0e4736";
    for (const std::string key : {"", "run-7"}) {
        std::string call = trigger("PROJ-42", key);
        call.insert(call.size() - 2, "traceparent: 00-" + trace + "-00f067aa0ba902b7-01\r\n");
        CHECK(send(ingress, call).status == 202);
    }
    CHECK(send(ingress, trigger("PROJ-42", "")).status == 202);
    std::vector<Record> records;
    ingress.with_sink([&](FakeSink& sink) { records = sink.records; });
    REQUIRE(records.size() == 3);
    for (const Record& record : records) {
        REQUIRE(record.headers.size() == 1);
        CHECK(record.headers[0].name == "traceparent");
        CHECK(record.headers[0].value.size() == 55);
    }
    CHECK(records[0].headers[0].value.substr(3, 32) == trace);
    CHECK(records[1].headers[0].value.substr(3, 32) == trace);
    CHECK(records[0].headers[0].value.find("00f067aa0ba902b7") == std::string::npos);
    CHECK(records[2].headers[0].value.substr(3, 32) != trace);
}

namespace {

/// Clients whose calls with keys wait for a Redis that does not answer.
class SlowRedis {
public:
    SlowRedis(PendingLimits pending, int waiting) : ingress(pending) {
        ingress.answer_all(Persistence::kPersisted);
        ingress.with_sink([&](FakeSink&) { ingress.redis().is_slow = true; });
        for (int i = 0; i < waiting; ++i) {
            clients.push_back(std::make_unique<SocketClient>(ingress.port()));
            clients.back()->send(trigger("PROJ-42", "run-" + std::to_string(i)));
            wait_for_held(static_cast<std::size_t>(i) + 1);
        }
    }

    void wait_for_held(std::size_t count) {
        for (std::size_t held = 0; held < count; std::this_thread::yield()) {
            ingress.with_sink([&](FakeSink&) { held = ingress.redis().held.size(); });
        }
    }

    void answer() {
        ingress.with_sink([&](FakeSink&) { ingress.redis().answer_held(); });
    }

    TestIngress ingress;
    std::vector<std::unique_ptr<SocketClient>> clients;
};

}  // namespace

TEST_CASE("Calls that wait for Redis are bounded with those that wait for Kafka", "[ingress]") {
    SlowRedis slow(PendingLimits{.count_max = 2}, 2);
    for (const std::string key : {"run-9", ""}) {
        const RawResponse refused = send(slow.ingress, trigger("PROJ-42", key));
        CHECK(refused.status == 503);
        CHECK(refused.header("Retry-After") == "1");
    }
    slow.answer();
    for (const auto& client : slow.clients) CHECK(client->receive().status == 202);
    CHECK(send(slow.ingress, trigger("PROJ-42", "run-9")).status == 202);
}

TEST_CASE("The bytes of calls that wait for Redis are bounded, too", "[ingress]") {
    TestIngress any;
    any.answer_all(Persistence::kPersisted);
    REQUIRE(send(any, trigger("PROJ-42", "run-0")).status == 202);
    std::size_t bytes = 0;
    any.with_sink([&](FakeSink& sink) {
        bytes = sink.records.at(0).key.size() + sink.records.at(0).value.size();
    });
    SlowRedis slow(PendingLimits{.bytes_max = bytes + bytes / 2}, 1);
    CHECK(send(slow.ingress, trigger("PROJ-42", "run-9")).status == 503);
    slow.answer();
    CHECK(slow.clients[0]->receive().status == 202);
    CHECK(send(slow.ingress, trigger("PROJ-42", "run-9")).status == 202);
}

TEST_CASE("While Kafka fails, calls with keys are refused without asking Redis", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kNotPersisted);
    CHECK(send(ingress, trigger("PROJ-42", "")).status == 503);
    ingress.with_sink([](FakeSink& sink) { sink.on_append = nullptr; });
    SocketClient trial(ingress.port());
    trial.send(trigger("PROJ-42", ""));
    ingress.wait_for_waiting(1);
    CHECK(send(ingress, trigger("PROJ-42", "run-7")).status == 503);
    CHECK(ingress.redis().commands.empty());
    ingress.report_first(Persistence::kPersisted);
    CHECK(trial.receive().status == 202);
}
