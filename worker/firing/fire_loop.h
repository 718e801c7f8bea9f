// The thread that fires schedules while this worker owns them, and how it learns that it does.
#pragma once

#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/catalog/catalog.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/producer.h"
#include "worker/consume/record_source.h"
#include "worker/firing/fire_log.h"
#include "worker/firing/firing.h"

namespace pagepress::worker {

/// Owns a producer and a thread. The worker that is assigned partition 0 of the jobs topic fires:
/// the consumer group sees to it that there is one, and a new one when it is gone.
class FireLoop {
public:
    /// References outlive the loop.
    struct Ports {
        const Catalog& catalog;
        const Clock& clock;
        FireLog& log;
        BatchMemory& batches;
        Metrics& metrics;
    };

    /// @errors  kInvalidInput  a Kafka property that librdkafka refuses
    static Result<std::unique_ptr<FireLoop>> start(
        const KafkaSettings& settings, const Ports& ports
    );

    /// Stops and joins the thread; a fire that is under way may or may not reach Kafka.
    ~FireLoop();

    FireLoop(const FireLoop&) = delete;
    FireLoop& operator=(const FireLoop&) = delete;

    /// Partition 0 came (again), or went. Any thread.
    void take_over();
    void hand_over();

private:
    explicit FireLoop(const Ports& ports);

    Result<void> open(const KafkaSettings& settings);
    void run();
    void follow_term();
    /// @return  whether to go on
    bool wait();

    const Ports ports_;
    Gauge is_owner_;
    std::unique_ptr<Producer> producer_;
    std::unique_ptr<Firing> firing_;
    std::uint64_t served_term_ = 0;  ///< the thread's

    Mutex mutex_;
    CondVar woken_;
    std::uint64_t terms_ GUARDED_BY(mutex_) = 0;  ///< number of the last one that began
    std::uint64_t term_ GUARDED_BY(mutex_) = 0;   ///< 0: another worker owns the schedules
    bool is_stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

/// Stands before the poll loop and tells the fire loop who owns partition 0. Poll thread.
class OwnerWatch final : public AssignmentListener {
public:
    OwnerWatch(AssignmentListener& next, FireLoop& fires) : next_(next), fires_(fires) {}

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) override;

private:
    AssignmentListener& next_;
    FireLoop& fires_;
};

}  // namespace pagepress::worker
