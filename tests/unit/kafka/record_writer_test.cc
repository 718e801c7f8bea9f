// Writing and waiting, against librdkafka's mock cluster.
#include "common/kafka/record_writer.h"

#include <set>

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/mock_kafka.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

std::vector<Record> records(int from, int to) {
    std::vector<Record> made;
    for (int i = from; i < to; ++i) {
        made.push_back({.topic = "jobs", .key = std::to_string(i % 7), .value = std::to_string(i)});
    }
    return made;
}

}  // namespace

TEST_CASE("A write returns when Kafka has every record", "[record_writer]") {
    MockKafka kafka;
    kafka.create_topic("jobs", 4);
    RecordWriter writer({.brokers = kafka.bootstrap(), .topic_prefix = {}}, {});
    REQUIRE(writer.write({}));
    REQUIRE(writer.write(records(0, 500)));
    REQUIRE(writer.write(records(500, 1000)));
    std::set<std::string> values;
    for (const auto& read : read_topic_to_end(kafka.bootstrap(), "jobs")) {
        values.insert(read.record.value);
    }
    CHECK(values.size() == 1000);
}

TEST_CASE("A write that is not acknowledged fails, and later ones work", "[record_writer]") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    RecordWriter writer({.brokers = kafka.bootstrap(), .topic_prefix = {}}, {});
    REQUIRE(writer.write(records(0, 1)));
    kafka.forbid_produce(1);
    const auto refused = writer.write(records(1, 2));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    // The producer draws a new id first, and may refuse meanwhile.
    CHECK(eventually(1min, [&] { return writer.write(records(3, 4)).has_value(); }));
}

TEST_CASE("A write ends within the delivery time-out though Kafka is away", "[record_writer]") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    RecordWriter writer(
        {.brokers = kafka.bootstrap(), .topic_prefix = {}}, {.delivery_timeout = 1'000ms}
    );
    kafka.go_down();
    const auto lost = writer.write(records(0, 3));
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == ErrorCode::kUnavailable);
}
