// The thread that brings waiting jobs back from the delayed topics.
#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/producer.h"
#include "worker/consume/kafka_consumer.h"
#include "worker/consume/outbox.h"
#include "worker/delay/returning_copies.h"

namespace pagepress::worker {

/// Owns a consumer of all delayed topics, a producer and a thread. The consumer has a group of its
/// own, since all members of a group must subscribe to the same topics.
class DelayLoop {
public:
    /// `tiers`, `clock` and `metrics` outlive the loop.
    /// @param group  of the workers; this one's is `<group>-delayed`
    /// @errors  kInvalidInput  a Kafka property that librdkafka refuses
    static Result<std::unique_ptr<DelayLoop>> start(
        const KafkaSettings& settings,
        const std::string& group,
        const DelayTiers& tiers,
        const Clock& clock,
        Metrics& metrics
    );

    /// Waits for delivery reports for a few seconds, stores offsets, leaves the group and joins.
    ~DelayLoop();

    DelayLoop(const DelayLoop&) = delete;
    DelayLoop& operator=(const DelayLoop&) = delete;

    /// Makes the thread end soon; returns at once. Any thread.
    void stop() { is_stopping_ = true; }

    /// What is wrong with the topics; empty once all were found. Any thread.
    [[nodiscard]] std::string problem() const;

private:
    DelayLoop(const DelayTiers& tiers, const Clock& clock) : tiers_(tiers), clock_(clock) {}

    Result<void> open(const KafkaSettings& settings, const std::string& group, Metrics& metrics);
    void run();
    void take_records();
    void look_for_topics();
    void flush(Millis longest);

    const DelayTiers& tiers_;
    const Clock& clock_;
    std::unique_ptr<Producer> producer_;
    std::unique_ptr<Outbox> outbox_;
    std::unique_ptr<ReturningCopies> copies_;
    std::unique_ptr<KafkaConsumer> consumer_;
    bool has_topics_ = false;  ///< the thread's
    SteadyTime next_look_{};   ///< the same
    std::atomic<bool> is_stopping_ = false;
    mutable Mutex mutex_;
    std::string problem_ GUARDED_BY(mutex_) = "the delayed topics have not been looked for yet";
    std::thread thread_;
};

}  // namespace pagepress::worker
