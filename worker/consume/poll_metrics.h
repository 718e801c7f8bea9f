// What the poll thread tells of its partitions to whoever watches.
#pragma once

#include <cstddef>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "worker/schedule/executors.h"

namespace pagepress::worker {

/// The records of all assigned partitions together.
struct Backlog {
    std::size_t held = 0;           ///< from the watermarks on, finished ones included
    std::size_t unfinished = 0;     ///< delivered and not finished
    std::size_t undelivered = 0;    ///< on the topic, as far as the last fetches told
    std::size_t waiting_bytes = 0;  ///< memory of jobs that wait for their time
    UnixMillis oldest = 0;          ///< since when the oldest unfinished job could be done; 0: none
};

/// The poll thread's.
class PollMetrics {
public:
    explicit PollMetrics(Metrics& metrics);

    void count_received() { received_.add(); }

    void count_not_stored() { not_stored_.add(); }

    void show(const Backlog& backlog, const ExecutorLoad& load, UnixMillis now);

private:
    Gauge in_flight_;
    Gauge lag_;
    Gauge oldest_;
    Gauge waiting_;
    Gauge waiting_memory_;
    Gauge running_;
    Counter received_;
    Counter not_stored_;
};

}  // namespace pagepress::worker
