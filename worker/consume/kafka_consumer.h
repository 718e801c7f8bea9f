// RecordSource over librdkafka's consumer.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/kafka/kafka_settings.h"
#include "worker/consume/record_source.h"

namespace pagepress::worker {

/// Cooperative rebalancing; offsets are stored by us and committed by librdkafka in the background,
/// because an explicit commit during a cooperative rebalance can lose the whole assignment
/// (librdkafka #4059). One record at a time: the batch calls lose offsets around a rebalance
/// (librdkafka 2.1.0 changelog).
class KafkaConsumer final : public RecordSource {
public:
    /// Subscribes to the topics as a member of `group`, whose members all subscribe to the same
    /// (librdkafka #4783). Partitions are numbered through all topics, see topic_partition.h.
    /// `listener` outlives the consumer.
    /// @errors  kInvalidInput  properties that librdkafka refuses
    static Result<std::unique_ptr<KafkaConsumer>> subscribe(
        const KafkaSettings& settings,
        const std::vector<std::string>& topics,
        const std::string& group,
        AssignmentListener& listener
    );

    ~KafkaConsumer() override;

    std::optional<IncomingRecord> poll(Millis wait) override;
    Result<void> store(std::int32_t partition, std::int64_t offset) override;
    [[nodiscard]] std::optional<std::int64_t> end_of(std::int32_t partition) const override;
    void pause(std::int32_t partition) override;
    void resume(std::int32_t partition) override;
    void close(Millis deadline) override;

private:
    class State;
    explicit KafkaConsumer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

}  // namespace pagepress::worker
