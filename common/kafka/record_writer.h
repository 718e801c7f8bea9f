// Writes records and waits until Kafka has them: for callers that may block and have no loop.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/kafka/producer.h"

namespace pagepress {

/// Thread-safe; calls wait for each other. The producer is made with the first call.
class RecordWriter {
public:
    RecordWriter(KafkaSettings settings, ProducerLimits limits)
        : settings_(std::move(settings)), limits_(limits) {}

    /// Returns when every record has its delivery report, which takes the delivery time-out of the
    /// limits at most, and as long again after a fatal error of the producer.
    ///
    /// @errors  kUnavailable   not every record was acknowledged: any of them may be there all the
    ///                         same
    ///          kInvalidInput  a property that librdkafka refuses
    Result<void> write(const std::vector<Record>& records) EXCLUDES(mutex_);

    /// As `write`, but tells of each record whether Kafka has acknowledged it.
    std::vector<bool> write_each(const std::vector<Record>& records) EXCLUDES(mutex_);

private:
    Result<void> open() REQUIRES(mutex_);
    Result<void> send(const std::vector<Record>& records) REQUIRES(mutex_);
    void await_reports() REQUIRES(mutex_);
    void note(const Delivery& delivery);

    const KafkaSettings settings_;
    const ProducerLimits limits_;
    Mutex mutex_;
    std::unique_ptr<Producer> producer_ GUARDED_BY(mutex_);
    /// Of the call under way, which also serves the reports: tickets are places in `records`.
    std::vector<bool> acknowledged_;
    std::size_t open_count_ = 0;
    std::string failure_;
};

}  // namespace pagepress
