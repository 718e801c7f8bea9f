// The workers' consumer against a real broker: partitions that come and go.
#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "common/kafka/producer.h"
#include "common/kafka/topics.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_server.h"
#include "worker/consume/kafka_consumer.h"

namespace pagepress::worker {
namespace {

using namespace std::chrono_literals;

class Assignment final : public AssignmentListener {
public:
    void on_assigned(const std::vector<std::int32_t>& partitions) override {
        mine.insert(partitions.begin(), partitions.end());
    }

    void on_revoked(const std::vector<std::int32_t>& partitions, bool) override {
        for (const std::int32_t partition : partitions) mine.erase(partition);
    }

    std::set<std::int32_t> mine;
};

class Worker {
public:
    Worker(const KafkaSettings& settings, const std::string& topic)
        : consumer_(KafkaConsumer::subscribe(settings, {topic}, "of " + topic, assignment).value()
          ) {}

    /// Polls until `is_done`; `is_done` sees the record just read, if there is one.
    void poll_until(const std::function<bool(const std::optional<IncomingRecord>&)>& is_done) {
        const auto give_up_at = std::chrono::steady_clock::now() + 60s;
        while (!is_done(consumer_->poll(50ms))) {
            REQUIRE(std::chrono::steady_clock::now() < give_up_at);
        }
    }

    KafkaConsumer& consumer() { return *consumer_; }

    Assignment assignment;

private:
    std::unique_ptr<KafkaConsumer> consumer_;
};

/// Shared by all cases, which use a topic each.
KafkaSettings kafka_with(const std::string& topic) {
    static test::KafkaServer kafka;
    KafkaSettings settings{.brokers = kafka.bootstrap(), .topic_prefix = {}};
    REQUIRE(create_topics(settings, {{.name = topic, .partitions = 2}}, 60s).has_value());
    return settings;
}

void produce_to_both(const KafkaSettings& settings, const std::string& topic) {
    auto producer = Producer::create(settings, {}, [](const Delivery&) {}).value();
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Record record{.topic = topic, .key = std::to_string(i), .value = "x"};
        REQUIRE(producer->append(record, i).has_value());
    }
    REQUIRE(producer->flush(60s) == 0);
}

TEST_CASE("A partition that was paused and given away is fetched when it comes back") {
    const KafkaSettings settings = kafka_with("paused");
    Worker stays(settings, "paused");
    stays.poll_until([&](const auto&) { return stays.assignment.mine.size() == 2; });
    for (const std::int32_t partition : {0, 1}) stays.consumer().pause(partition);

    std::int32_t given = -1;
    {
        Worker comes(settings, "paused");
        comes.poll_until([&](const auto&) {
            stays.consumer().poll(10ms);
            return comes.assignment.mine.size() == 1 && stays.assignment.mine.size() == 1;
        });
        given = *comes.assignment.mine.begin();
        comes.consumer().close(60s);
    }
    stays.poll_until([&](const auto&) { return stays.assignment.mine.size() == 2; });
    produce_to_both(settings, "paused");
    stays.poll_until([&](const auto& record) { return record && record->partition == given; });
    stays.consumer().close(60s);
}

TEST_CASE("What a worker took and did not finish goes to the next one", "[W1][W7][W8]") {
    const KafkaSettings settings = kafka_with("taken");
    produce_to_both(settings, "taken");
    Worker stays(settings, "taken");
    std::map<std::int32_t, std::set<std::int64_t>> taken;
    const auto take_all = [&](const std::optional<IncomingRecord>& record) {
        if (record) taken[record->partition].insert(record->offset);
        return taken[0].size() + taken[1].size() == 200;
    };
    stays.poll_until(take_all);

    Worker comes(settings, "taken");
    std::set<std::int64_t> taken_again;
    const auto take_again = [&](const std::optional<IncomingRecord>& record) {
        if (record) taken_again.insert(record->offset);
    };
    comes.poll_until([&](const auto& record) {
        take_again(record);
        stays.consumer().poll(10ms);
        return comes.assignment.mine.size() == 1 && stays.assignment.mine.size() == 1;
    });
    const std::int32_t given = *comes.assignment.mine.begin();
    // Not its own any more: a late end must not tell Kafka that others' records are done.
    const auto stored = stays.consumer().store(given, 100);
    REQUIRE_FALSE(stored.has_value());
    CHECK(stored.error().code == ErrorCode::kNotFound);
    comes.poll_until([&](const auto& record) {
        take_again(record);
        return taken_again == taken[given];
    });
    comes.consumer().close(60s);
    stays.consumer().close(60s);
}

}  // namespace
}  // namespace pagepress::worker
