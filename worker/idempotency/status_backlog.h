// Ends of jobs on their way to Redis: what it does not take is kept and sent again, so that a short
// outage does not leave a finished job as `running` until its status expires.
#pragma once

#include <memory>

#include "common/job/job_status.h"
#include "common/redis/redis.h"

namespace pagepress::worker {

/// Thread-safe; nothing here blocks. Holds at most 20 000 statuses, of which the oldest go first.
class StatusBacklog {
public:
    explicit StatusBacklog(Redis& redis);

    /// Sends a status; keeps it if Redis does not take it. A status that stands is not replaced if
    /// it is terminal and of the same redrive.
    void record(JobStatus status);

    /// Keeps a status that Redis has not taken, for `send_again`.
    void keep(JobStatus status);

    /// Sends what is kept. One at a time until Redis takes it, so it may be called often.
    void send_again();

    [[nodiscard]] std::size_t size() const;

private:
    class Kept;

    void send(JobStatus status);

    Redis& redis_;
    const std::shared_ptr<Kept> kept_;  ///< shared with replies that are under way
};

}  // namespace pagepress::worker
