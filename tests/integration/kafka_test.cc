// The Kafka adapters against a real broker, and embedded-kafka as another process.
#include <set>

#include "common/kafka/kafka_handles.h"
#include "common/kafka/producer.h"
#include "common/kafka/topics.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/kafka_server.h"
#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress {
namespace {

using namespace std::chrono_literals;

KafkaSettings settings_of(const std::string& bootstrap) {
    return {.brokers = bootstrap, .topic_prefix = {}};
}

/// Produces `count` records and returns how many were persisted.
int produce(const std::string& bootstrap, const std::string& topic, int first, int count) {
    int persisted = 0;
    auto producer = Producer::create(settings_of(bootstrap), {}, [&](const Delivery& delivery) {
        if (delivery.persistence == Persistence::kPersisted) ++persisted;
    });
    REQUIRE(producer.has_value());
    for (int i = first; i < first + count; ++i) {
        const std::string text = std::to_string(i);
        const Record record{.topic = topic, .key = text, .value = text};
        REQUIRE((*producer)->append(record, static_cast<std::uint64_t>(i)).has_value());
    }
    CHECK((*producer)->flush(60s) == 0);
    return persisted;
}

/// Produces one record in a transaction that is committed or aborted.
enum class Ending { kCommit, kAbort };

void produce_in_transaction(
    const std::string& bootstrap, const std::string& topic, const std::string& value, Ending ending
) {
    auto conf = kafka::make_conf(settings_of(bootstrap), {{"transactional.id", "test"}});
    REQUIRE(conf.has_value());
    auto client = kafka::make_client(RD_KAFKA_PRODUCER, std::move(*conf));
    REQUIRE(client.has_value());
    rd_kafka_t* rk = client->get();
    const auto check = [](rd_kafka_error_t* raw) {
        const kafka::Failure failure(raw);
        INFO((failure ? rd_kafka_error_string(failure.get()) : ""));
        REQUIRE(failure == nullptr);
    };
    check(rd_kafka_init_transactions(rk, 60'000));
    check(rd_kafka_begin_transaction(rk));
    const kafka::Topic handle(rd_kafka_topic_new(rk, topic.c_str(), nullptr));
    std::string copy = value;
    REQUIRE(
        rd_kafka_produce(
            handle.get(),
            RD_KAFKA_PARTITION_UA,
            RD_KAFKA_MSG_F_COPY,
            copy.data(),
            copy.size(),
            "key",  // a compacted topic takes no record without one
            3,
            nullptr
        ) == 0
    );
    rd_kafka_flush(rk, 60'000);
    check(
        ending == Ending::kCommit ? rd_kafka_commit_transaction(rk, 60'000)
                                  : rd_kafka_abort_transaction(rk, 60'000)
    );
}

std::set<std::string> values_on(const std::string& bootstrap, const std::string& topic) {
    std::set<std::string> values;
    for (const auto& read : test::read_topic_to_end(bootstrap, topic)) {
        values.insert(read.record.value);
    }
    return values;
}

TEST_CASE("Topics are created once, with their properties") {
    test::KafkaServer kafka;
    const KafkaSettings settings = settings_of(kafka.bootstrap());
    const std::vector<TopicSpec> specs = {
        {.name = "t.jobs", .partitions = 6, .config = {{"min.insync.replicas", "1"}}},
        {.name = "t.catalog", .config = {{"cleanup.policy", "compact"}}}};
    const auto created = create_topics(settings, specs, 60s);
    REQUIRE(created.has_value());
    CHECK(*created == std::vector<std::string>{"t.jobs", "t.catalog"});
    const auto again = create_topics(settings, specs, 60s);
    REQUIRE(again.has_value());
    CHECK(again->empty());

    auto producer = Producer::create(settings, {}, [](const Delivery&) {});
    REQUIRE(producer.has_value());
    CHECK((*producer)->partitions_of("t.jobs", 60s).value() == 6);

    const auto refused =
        create_topics(settings, {{.name = "t.bad", .config = {{"cleanup.policy", "burn"}}}}, 60s);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(refused.error().message.find("t.bad") != std::string::npos);
    const auto too_many = create_topics(settings, {{.name = "t.three", .replication = 3}}, 60s);
    REQUIRE_FALSE(too_many.has_value());
    CHECK(too_many.error().code == ErrorCode::kInvalidInput);

    SECTION("and what is produced outlasts a restart and a kill") {
        REQUIRE(produce(kafka.bootstrap(), "t.jobs", 0, 1'000) == 1'000);
        kafka.stop();
        kafka.start();
        CHECK(values_on(kafka.bootstrap(), "t.jobs").size() == 1'000);
        REQUIRE(produce(kafka.bootstrap(), "t.jobs", 1'000, 1'000) == 1'000);
        kafka.kill();
        kafka.start();
        CHECK(values_on(kafka.bootstrap(), "t.jobs").size() == 2'000);
    }

    SECTION("and an aborted transaction is not read") {
        produce_in_transaction(kafka.bootstrap(), "t.catalog", "aborted", Ending::kAbort);
        produce_in_transaction(kafka.bootstrap(), "t.catalog", "committed", Ending::kCommit);
        CHECK(values_on(kafka.bootstrap(), "t.catalog") == std::set<std::string>{"committed"});
    }
}

TEST_CASE("Without brokers the creation of topics ends in time") {
    const auto created = create_topics(settings_of("127.0.0.1:1"), {{.name = "t"}}, 500ms);
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("Other processes produce to and consume from embedded-kafka") {
    const test::TempDir folder;
    test::Process process(
        {.program = EMBEDDED_KAFKA,
         .arguments =
             {"--brokers", "1", "--ports-file", folder.path("ports"), "--topics", "jobs:24,cat:1"},
         .log_file = folder.path("log")}
    );
    const auto ports = test::read_ports_file(process, folder.path("ports"), 60s);
    REQUIRE(ports.contains("kafka"));
    const std::string bootstrap = "127.0.0.1:" + std::to_string(ports.at("kafka"));

    CHECK(produce(bootstrap, "jobs", 0, 1'000) == 1'000);
    CHECK(values_on(bootstrap, "jobs").size() == 1'000);
    produce_in_transaction(bootstrap, "cat", "committed", Ending::kCommit);
    CHECK(values_on(bootstrap, "cat") == std::set<std::string>{"committed"});
    CHECK(process.stop(60s) == 0);
    CHECK(process.log_text().find(bootstrap) != std::string::npos);
}

TEST_CASE("embedded-kafka refuses topics it cannot read") {
    const test::TempDir folder;
    test::Process process(
        {.program = EMBEDDED_KAFKA,
         .arguments = {"--topics", "jobs"},
         .log_file = folder.path("log")}
    );
    CHECK(process.wait_exit(60s) == 2);
    CHECK(process.log_text().find("'jobs' is not name:partitions") != std::string::npos);
}

}  // namespace
}  // namespace pagepress
