// The workers' consumer against a real broker: partitions that come and go.
#include <chrono>
#include <functional>
#include <set>

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
    explicit Worker(const KafkaSettings& settings)
        : consumer_(KafkaConsumer::subscribe(settings, {"jobs"}, "workers", assignment).value()) {}

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

void produce_to_both(const KafkaSettings& settings) {
    auto producer = Producer::create(settings, {}, [](const Delivery&) {}).value();
    for (std::uint64_t i = 0; i < 200; ++i) {
        const Record record{.topic = "jobs", .key = std::to_string(i), .value = "x"};
        REQUIRE(producer->append(record, i).has_value());
    }
    REQUIRE(producer->flush(60s) == 0);
}

TEST_CASE("A partition that was paused and given away is fetched when it comes back") {
    test::KafkaServer kafka;
    const KafkaSettings settings{.brokers = kafka.bootstrap(), .topic_prefix = {}};
    REQUIRE(create_topics(settings, {{.name = "jobs", .partitions = 2}}, 60s).has_value());
    Worker stays(settings);
    stays.poll_until([&](const auto&) { return stays.assignment.mine.size() == 2; });
    for (const std::int32_t partition : {0, 1}) stays.consumer().pause(partition);

    std::int32_t given = -1;
    {
        Worker comes(settings);
        comes.poll_until([&](const auto&) {
            stays.consumer().poll(10ms);
            return comes.assignment.mine.size() == 1 && stays.assignment.mine.size() == 1;
        });
        given = *comes.assignment.mine.begin();
        comes.consumer().close(60s);
    }
    stays.poll_until([&](const auto&) { return stays.assignment.mine.size() == 2; });
    produce_to_both(settings);
    stays.poll_until([&](const auto& record) { return record && record->partition == given; });
    stays.consumer().close(60s);
}

}  // namespace
}  // namespace pagepress::worker
