// Asks Kafka every second, and all the time while it is away, whether it answers and whether the
// topics exist; a thread of its own, since the question blocks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "common/base/mutex.h"
#include "common/kafka/producer.h"
#include "ingress/health/readiness.h"

namespace pagepress::ingress {

class KafkaProbe {
public:
    /// Starts the thread. `readiness` outlives the probe.
    ///
    /// @param topics  full names of the topics that must exist
    /// @param on_found  called by the thread when Kafka answers and has them, each time until it
    ///                  returns true
    /// @errors  kInvalidInput  a Kafka property that librdkafka refuses
    static Result<std::unique_ptr<KafkaProbe>> start(
        const KafkaSettings& settings,
        std::vector<std::string> topics,
        Readiness& readiness,
        std::function<bool()> on_found
    );

    /// Stops and joins; takes at most about five seconds while Kafka does not answer.
    ~KafkaProbe();

    KafkaProbe(const KafkaProbe&) = delete;
    KafkaProbe& operator=(const KafkaProbe&) = delete;

private:
    KafkaProbe(
        std::unique_ptr<Producer> producer,
        std::vector<std::string> topics,
        Readiness& readiness,
        std::function<bool()> on_found
    );

    void run();
    [[nodiscard]] std::string find_problem();
    bool wait_for_next(std::chrono::milliseconds pause);

    const std::unique_ptr<Producer> producer_;  ///< the thread's, only asked for metadata
    const std::vector<std::string> topics_;
    Readiness& readiness_;
    std::function<bool()> on_found_;  ///< the thread's; empty once it returned true
    Mutex mutex_;
    CondVar stop_asked_;
    bool is_stopping_ GUARDED_BY(mutex_) = false;
    std::thread thread_;
};

}  // namespace pagepress::ingress
