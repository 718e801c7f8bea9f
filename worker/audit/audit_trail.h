// What became of jobs, told to the audit topic without ever holding up the work.
#pragma once

#include <cstdint>
#include <deque>
#include <string>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/kafka/record.h"
#include "worker/press/press_result.h"

namespace pagepress::worker {

/// Events wait in a bounded queue between the executors and the poll thread. What does not fit, or
/// is not delivered, is dropped and counted: no job waits for its event, and none fails with it. A
/// job that is redelivered may tell twice.
class AuditTrail {
public:
    static constexpr std::size_t kWaitingMax = 10'000;

    /// @param topic  full name of the audit topic
    AuditTrail(std::string topic, const Clock& clock, Metrics& metrics);

    /// Notes the jobs of a press that are at their end. Any thread.
    void note(const PressResult& result) EXCLUDES(mutex_);

    /// Hands what waits to the sink, as much as it takes. Poll thread.
    void send_waiting(RecordSink& sink) EXCLUDES(mutex_);

    /// Poll thread.
    void on_delivery(const Delivery& delivery);

private:
    void add(const JobResult& result) REQUIRES(mutex_);

    const std::string topic_;
    const Clock& clock_;
    Counter sent_;
    Counter not_queued_;
    Counter not_delivered_;
    std::uint64_t next_ticket_ = 1;  ///< the poll thread's
    Mutex mutex_;
    std::deque<Record> waiting_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
