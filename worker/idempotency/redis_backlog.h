// Ends of presses on their way to Redis: what it does not take is kept and sent again, so that a
// short outage leaves no finished job as `running` and no page under the lease of an ended press.
#pragma once

#include <memory>
#include <string>

#include "common/job/job_status.h"
#include "common/redis/redis.h"

namespace pagepress::worker {

/// Thread-safe; nothing here blocks. Holds at most 20 000 commands, of which the oldest go first.
class RedisBacklog {
public:
    explicit RedisBacklog(Redis& redis);

    /// Sends a status; keeps it if Redis does not take it. A status that stands is not replaced if
    /// it is terminal and of the same redrive.
    void record(const JobStatus& status);

    /// Keeps a status that Redis has not taken, for `send_again`.
    void record_later(const JobStatus& status);

    /// Keeps the return of a lease for `send_again`; a lease under another token stays.
    void release_later(const std::string& lease_key, const std::string& token);

    /// Sends what is kept. One at a time until Redis takes it, so it may be called often.
    void send_again();

    [[nodiscard]] std::size_t size() const;

private:
    class Kept;

    Redis& redis_;
    const std::shared_ptr<Kept> kept_;  ///< shared with replies that are under way
};

}  // namespace pagepress::worker
