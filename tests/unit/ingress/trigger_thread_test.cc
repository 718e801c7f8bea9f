// A whole trigger thread, its producer included, against librdkafka's mock cluster.
#include "ingress/trigger_thread.h"

#include <deque>
#include <set>
#include <string>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/mock_kafka.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

std::string trigger(int number) {
    return "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=A-" +
           std::to_string(number + 1) +
           " HTTP/1.1\r\nHost: a\r\nx-autopage-api-key: " + std::string(kRuleKey) + "\r\n\r\n";
}

struct Fixture {
    explicit Fixture(MockKafka& kafka) {
        kafka.create_topic("t.jobs", 3);
        readiness.set_kafka_problem("");
        catalog.catalog().confirm(clock.steady_now());
        auto made = TriggerThread::create(
            {
                .address = "127.0.0.1:0",
                .http = {},
                .kafka = {.brokers = kafka.bootstrap(), .topic_prefix = "t."},
                .producer = {},
                .trigger = {.jobs_topic = "t.jobs", .public_url = {}, .pending = {}},
            },
            {
                .catalog = catalog.catalog(),
                .clock = clock,
                .random = random,
                .redis = redis,
                .readiness = readiness,
                .limits = limits,
                .metrics = ingress_metrics,
            }
        );
        REQUIRE(made.has_value());
        thread = *std::move(made);
        thread->start();
    }

    CatalogFixture catalog;
    SystemClock clock;
    SystemRandom random;
    FakeRedis redis;
    SiteLimits limits;
    Metrics metrics;
    IngressMetrics ingress_metrics{metrics};
    Readiness readiness{catalog.catalog(), clock, std::chrono::hours(1)};
    std::unique_ptr<TriggerThread> thread;
};

std::set<std::string> jobs_on_topic(const MockKafka& kafka) {
    std::set<std::string> ids;
    for (const auto& read : read_topic_to_end(kafka.bootstrap(), "t.jobs")) {
        ids.insert(decode_job(read.record.value).value().id);
    }
    return ids;
}

}  // namespace

TEST_CASE(
    "After a fatal producer error callers are told the truth and the next one is served", "[I5]"
) {
    MockKafka kafka;
    Fixture fixture(kafka);
    {
        SocketClient first(fixture.thread->port());
        REQUIRE(first.exchange(trigger(0)).status == 202);
    }
    // Once: a new client delivers what the old one could not. Often: callers get their 503.
    for (const int errors : {1, 500}) {
        INFO(errors << " errors");
        kafka.break_sequence(errors);
        std::deque<SocketClient> clients;
        for (int i = 0; i < 64; ++i) clients.emplace_back(fixture.thread->port()).send(trigger(i));
        std::set<std::string> acknowledged;
        int refused = 0;
        for (SocketClient& client : clients) {
            const RawResponse response = client.receive();
            CHECK((response.status == 202 || response.status == 503));
            if (response.status == 503) {
                ++refused;
                CHECK_FALSE(response.header("Retry-After").empty());
                continue;
            }
            const auto document = parse_json(response.body, "the reply");
            acknowledged.insert(string_at(document.value(), "jobId"));
        }
        CHECK(acknowledged.size() + static_cast<std::size_t>(refused) == clients.size());
        CHECK((refused == 0) == (errors == 1));
        const auto stored = jobs_on_topic(kafka);
        for (const std::string& id : acknowledged) CHECK(stored.contains(id));
        kafka.forget_errors();
        // A client that turned fatal a moment ago is not replaced at once: a refusal says so.
        int status = 503;
        while (status == 503) {
            status = SocketClient(fixture.thread->port()).exchange(trigger(99)).status;
        }
        CHECK(status == 202);
    }
}
