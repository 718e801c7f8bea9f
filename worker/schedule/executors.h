// Port: the executors as the poll thread sees them. Jobs go in, and come back ended.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "worker/press/press_result.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// What has ended since the poll thread last asked.
struct Finished {
    std::vector<RecordPosition> positions;  ///< jobs that need nothing more
    std::vector<JobResult> dead;            ///< jobs whose dead letter must be written first
    std::vector<JobResult> delayed;         ///< jobs whose copy must be written first
};

struct ExecutorLoad {
    std::size_t waiting = 0;
    std::size_t running = 0;
    std::size_t parked_keys = 0;
};

/// Called by the poll thread alone, except `load`, which any thread may ask for.
class Executors {
public:
    virtual ~Executors() = default;

    /// Jobs of this epoch are ours from now on.
    virtual void assign(std::uint64_t epoch) = 0;

    /// Drops the waiting jobs of these epochs and waits until no running press holds one of them,
    /// at most until `deadline`. Their jobs are never pressed again by this worker.
    /// @return  whether all running presses have ended
    virtual bool revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) = 0;

    virtual void submit(const std::string& key, WaitingJob job) = 0;

    [[nodiscard]] virtual Finished take_finished() = 0;

    [[nodiscard]] virtual ExecutorLoad load() const = 0;
};

}  // namespace pagepress::worker
