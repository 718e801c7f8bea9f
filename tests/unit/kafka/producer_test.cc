// The producer against librdkafka's mock cluster.
#include "common/kafka/producer.h"

#include <algorithm>
#include <map>
#include <set>

#include <poll.h>

#include "tests/support/catch.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/mock_kafka.h"

namespace pagepress {
namespace {

using namespace std::chrono_literals;
using test::MockKafka;

/// A producer whose delivery reports are kept by ticket.
struct Fixture {
    explicit Fixture(const MockKafka& kafka, const ProducerLimits& limits = {}) {
        auto created = Producer::create(
            {.brokers = kafka.bootstrap(), .topic_prefix = {}},
            limits,
            [this](const Delivery& delivery) {
                ++report_counts[delivery.ticket];
                reports[delivery.ticket] = delivery;
            }
        );
        REQUIRE(created.has_value());
        producer = std::move(*created);
    }

    std::map<std::uint64_t, Delivery> reports;
    std::map<std::uint64_t, int> report_counts;
    std::unique_ptr<Producer> producer;
};

Record record(int number) {
    return {
        .topic = "jobs",
        .key = "key-" + std::to_string(number % 10),
        .value = "value-" + std::to_string(number),
        .headers = {{"number", std::to_string(number)}, {"empty", ""}}};
}

std::multiset<std::string> values_on(const MockKafka& kafka, const std::string& topic) {
    std::multiset<std::string> values;
    for (const auto& read : test::read_topic_to_end(kafka.bootstrap(), topic)) {
        values.insert(read.record.value);
    }
    return values;
}

TEST_CASE("A record arrives with key, value and headers, and its report says where") {
    MockKafka kafka;
    kafka.create_topic("jobs", 4);
    Fixture fixture(kafka);
    // Every bit of a ticket comes back, the sign bit too.
    constexpr std::uint64_t kTicket = 0xfedc'ba98'7654'3210;
    REQUIRE(fixture.producer->append(record(7), kTicket).has_value());
    REQUIRE(fixture.producer->flush(30s) == 0);

    const Delivery& delivery = fixture.reports.at(kTicket);
    CHECK(delivery.persistence == Persistence::kPersisted);
    CHECK(delivery.reason.empty());
    const auto read = test::read_topic(kafka.bootstrap(), "jobs", 1);
    REQUIRE(read.size() == 1);
    CHECK(read[0].partition == delivery.partition);
    CHECK(read[0].offset == delivery.offset);
    CHECK(read[0].record.key == "key-7");
    CHECK(read[0].record.value == "value-7");
    REQUIRE(read[0].record.headers.size() == 2);
    CHECK(read[0].record.headers[0].name == "number");
    CHECK(read[0].record.headers[0].value == "7");
    CHECK(read[0].record.headers[1].value.empty());
}

TEST_CASE("A key goes to the partition that Java clients choose for it") {
    MockKafka kafka;
    kafka.create_topic("jobs", 24);
    Fixture fixture(kafka);
    // murmur2 of "21" is -973932308 (Kafka's own UtilsTest); (-973932308 & 0x7fffffff) % 24 == 20.
    REQUIRE(fixture.producer->append({.topic = "jobs", .key = "21", .value = "v"}, 1).has_value());
    REQUIRE(fixture.producer->flush(30s) == 0);
    CHECK(fixture.reports.at(1).partition == (-973932308 & 0x7fffffff) % 24);
}

TEST_CASE("The descriptor wakes the loop for every report") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    Fixture fixture(kafka);
    for (std::uint64_t ticket = 1; ticket <= 200; ++ticket) {
        REQUIRE(fixture.producer->append(record(1), ticket).has_value());
        // Nothing but the descriptor tells when to poll: a wake-up that is lost ends the test.
        while (!fixture.reports.contains(ticket)) {
            pollfd waiting{.fd = fixture.producer->wake_fd(), .events = POLLIN, .revents = 0};
            REQUIRE(::poll(&waiting, 1, 30'000) == 1);
            fixture.producer->poll();
        }
    }
    CHECK(fixture.reports.size() == 200);
}

TEST_CASE("More reports than one turn serves wake the loop again") {
    MockKafka kafka;
    kafka.create_topic("jobs", 4);
    Fixture fixture(kafka);
    constexpr int kCount = 20'000;
    for (int i = 0; i < kCount; ++i) {
        REQUIRE(fixture.producer->append(record(i), static_cast<std::uint64_t>(i)).has_value());
    }
    std::size_t most_in_a_turn = 0;
    while (fixture.reports.size() < kCount) {
        pollfd waiting{.fd = fixture.producer->wake_fd(), .events = POLLIN, .revents = 0};
        REQUIRE(::poll(&waiting, 1, 30'000) == 1);
        const std::size_t before = fixture.reports.size();
        fixture.producer->poll();
        most_in_a_turn = std::max(most_in_a_turn, fixture.reports.size() - before);
    }
    // Also of the thousands that come in one event of librdkafka.
    CHECK(most_in_a_turn == 128);
    CHECK(std::ranges::all_of(fixture.report_counts, [](const auto& entry) {
        return entry.second == 1;
    }));
}

TEST_CASE("A full queue refuses a record and takes nothing of it") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.set_round_trip_ms(200);
    Fixture fixture(kafka, {.queue_records_max = 100});
    Result<void> refused;
    std::uint64_t taken = 0;
    while ((refused = fixture.producer->append(record(1), taken)).has_value()) ++taken;
    CHECK(refused.error().code == ErrorCode::kOverloaded);
    CHECK(taken == 100);
    REQUIRE(fixture.producer->flush(30s) == 0);
    CHECK(fixture.reports.size() == taken);
    // With the reports served there is room again.
    CHECK(fixture.producer->append(record(1), 1'000).has_value());
    CHECK(fixture.producer->flush(30s) == 0);
}

TEST_CASE("With the brokers down every record is reported as not persisted in time") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.go_down();
    Fixture fixture(kafka, {.delivery_timeout = 500ms});
    for (std::uint64_t ticket = 0; ticket < 10; ++ticket) {
        REQUIRE(fixture.producer->append(record(1), ticket).has_value());
    }
    REQUIRE(fixture.producer->flush(30s) == 0);
    REQUIRE(fixture.reports.size() == 10);
    for (const auto& [ticket, delivery] : fixture.reports) {
        CHECK(delivery.persistence == Persistence::kNotPersisted);
        CHECK_FALSE(delivery.reason.empty());
    }
}

TEST_CASE("Records wait for brokers that come back within the delivery timeout") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.go_down();
    Fixture fixture(kafka, {.delivery_timeout = 30s});
    REQUIRE(fixture.producer->append(record(1), 1).has_value());
    CHECK(fixture.producer->flush(200ms) == 1);
    kafka.come_up();
    REQUIRE(fixture.producer->flush(30s) == 0);
    CHECK(fixture.reports.at(1).persistence == Persistence::kPersisted);
}

TEST_CASE("After a fatal error a new client delivers what has no report", "[I4][I5]") {
    MockKafka kafka;
    kafka.create_topic("jobs", 4);
    Fixture fixture(kafka);
    REQUIRE(fixture.producer->append(record(0), 0).has_value());
    REQUIRE(fixture.producer->flush(30s) == 0);
    kafka.break_sequence(1);
    constexpr std::uint64_t kCount = 500;
    for (std::uint64_t ticket = 1; ticket <= kCount; ++ticket) {
        const auto taken = fixture.producer->append(record(static_cast<int>(ticket)), ticket);
        INFO((taken ? "" : taken.error().message));
        REQUIRE(taken.has_value());
    }
    REQUIRE(fixture.producer->flush(30s) == 0);
    CHECK(fixture.reports.size() == kCount + 1);
    for (const auto& [ticket, delivery] : fixture.reports) {
        INFO("ticket " << ticket << ": " << delivery.reason);
        CHECK(delivery.persistence == Persistence::kPersisted);
        CHECK(fixture.report_counts.at(ticket) == 1);
    }
    const auto values = values_on(kafka, "jobs");
    for (std::uint64_t ticket = 0; ticket <= kCount; ++ticket) {
        INFO(ticket);
        CHECK(values.contains("value-" + std::to_string(ticket)));
    }
}

TEST_CASE("A record that is sent again keeps its key and headers") {
    MockKafka kafka;
    kafka.create_topic("jobs", 4);
    kafka.break_sequence(1);
    Fixture fixture(kafka);
    REQUIRE(fixture.producer->append(record(3), 1).has_value());
    REQUIRE(fixture.producer->append({.topic = "jobs", .key = "", .value = "bare"}, 2).has_value());
    REQUIRE(fixture.producer->flush(30s) == 0);
    const auto read = test::read_topic_to_end(kafka.bootstrap(), "jobs");
    const auto found =
        std::ranges::find(read, "value-3", [](const auto& r) { return r.record.value; });
    REQUIRE(found != read.end());
    CHECK(found->record.key == "key-3");
    REQUIRE(found->record.headers.size() == 2);
    CHECK(found->record.headers[0].value == "3");
    CHECK(std::ranges::any_of(read, [](const auto& r) { return r.record.value == "bare"; }));
}

TEST_CASE("Fatal errors one after the other are reported instead of tried for ever", "[I5]") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.break_sequence(1'000);
    Fixture fixture(kafka);
    for (std::uint64_t ticket = 0; ticket < 20; ++ticket) {
        static_cast<void>(fixture.producer->append(record(1), ticket));
    }
    REQUIRE(fixture.producer->flush(30s) == 0);
    for (const auto& [ticket, count] : fixture.report_counts) CHECK(count == 1);
    REQUIRE_FALSE(fixture.reports.empty());
    for (const auto& [ticket, delivery] : fixture.reports) {
        CHECK(delivery.persistence != Persistence::kPersisted);
        CHECK_FALSE(delivery.reason.empty());
    }
}

TEST_CASE("A record that no client of ours may write is reported and not sent again") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.forbid_produce(1);
    Fixture fixture(kafka);
    REQUIRE(fixture.producer->append(record(1), 1).has_value());
    REQUIRE(fixture.producer->flush(30s) == 0);
    CHECK(fixture.reports.at(1).persistence == Persistence::kNotPersisted);
    CHECK(values_on(kafka, "jobs").empty());
}

TEST_CASE("A handler may append from within a report") {
    MockKafka kafka;
    kafka.create_topic("jobs", 1);
    kafka.break_sequence(1);
    int reports = 0;
    std::unique_ptr<Producer> producer;
    auto created = Producer::create(
        {.brokers = kafka.bootstrap(), .topic_prefix = {}},
        {},
        [&](const Delivery& delivery) {
            ++reports;
            // Refused is fine; what is taken must be reported.
            if (delivery.ticket < 50) {
                static_cast<void>(producer->append(record(1), delivery.ticket + 50));
            }
        }
    );
    REQUIRE(created.has_value());
    producer = std::move(*created);
    for (std::uint64_t ticket = 0; ticket < 50; ++ticket) {
        REQUIRE(producer->append(record(1), ticket).has_value());
    }
    REQUIRE(producer->flush(30s) == 0);
    CHECK(reports >= 50);
}

TEST_CASE("The partitions of a topic are known, and a missing topic is said to be missing") {
    MockKafka kafka;
    kafka.create_topic("jobs", 24);
    Fixture fixture(kafka);
    CHECK(fixture.producer->partitions_of("jobs", 30s).value() == 24);
    for (int i = 0; i < 2; ++i) {  // to ask must not create it
        const auto missing = fixture.producer->partitions_of("absent", 30s);
        REQUIRE_FALSE(missing.has_value());
        CHECK(missing.error().code == ErrorCode::kNotFound);
    }
    kafka.go_down();
    Fixture cut_off(kafka);
    const auto unknown = cut_off.producer->partitions_of("jobs", 200ms);
    REQUIRE_FALSE(unknown.has_value());
    CHECK(unknown.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("A property that librdkafka refuses is an error without its value") {
    const auto created = Producer::create(
        {.brokers = "127.0.0.1:1", .topic_prefix = {}, .properties = {{"sasl.pasword", "s3cret"}}},
        {},
        [](const Delivery&) {}
    );
    REQUIRE_FALSE(created.has_value());
    CHECK(created.error().code == ErrorCode::kInvalidInput);
    CHECK(created.error().message.find("sasl.pasword") != std::string::npos);
    CHECK(created.error().message.find("s3cret") == std::string::npos);
}

}  // namespace
}  // namespace pagepress
