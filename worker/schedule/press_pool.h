// The executor threads: each takes the press that has been ready for longest, executes it, and
// hands the verdicts over.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "worker/press/press_result.h"
#include "worker/schedule/keyed_scheduler.h"

namespace pagepress::worker {

/// Executes one press on the calling thread.
using Executor = std::function<PressResult(Press)>;

/// What has ended since the poll thread last asked.
struct Finished {
    std::vector<RecordPosition> positions;  ///< jobs that need nothing more
    std::vector<JobResult> dead;            ///< jobs whose dead letter must be written first
};

/// Thread-safe; `submit`, `assign`, `revoke` and `take_finished` are the poll thread's.
class PressPool {
public:
    /// Starts a thread per executor. `clock` and `pace` (null: none) outlive the pool.
    PressPool(std::vector<Executor> executors, const Clock& clock, SitePace* pace = nullptr);

    /// Starts no more presses, waits for the running ones and joins the threads.
    ~PressPool();

    PressPool(const PressPool&) = delete;
    PressPool& operator=(const PressPool&) = delete;

    /// Jobs of this epoch are ours from now on.
    void assign(std::uint64_t epoch);

    /// Drops the waiting jobs of these epochs and waits until no running press holds one of them,
    /// at most until `deadline`. Their jobs are never pressed again by this worker.
    /// @return  whether all running presses have ended
    bool revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline);

    void submit(const std::string& key, WaitingJob job);

    [[nodiscard]] Finished take_finished();

    /// Starts no more presses.
    void stop_taking();

    /// Waits until no press runs, at most until `deadline`. Returns whether none does.
    [[nodiscard]] bool wait_idle(SteadyTime deadline);

    struct Load {
        std::size_t waiting = 0;
        std::size_t running = 0;
        std::size_t parked_keys = 0;
    };

    [[nodiscard]] Load load() const;

private:
    void run(const Executor& execute);
    bool take(Press& press);
    void hand_over(PressResult result);
    [[nodiscard]] bool is_running(const std::set<std::uint64_t>& epochs) const REQUIRES(mutex_);

    const Clock& clock_;
    mutable Mutex mutex_;
    CondVar work_;   ///< a press became ready, or the pool stops
    CondVar ended_;  ///< a press ended
    KeyedScheduler scheduler_ GUARDED_BY(mutex_);
    std::set<std::uint64_t> live_epochs_ GUARDED_BY(mutex_);
    std::unordered_map<std::string, std::set<std::uint64_t>> running_ GUARDED_BY(mutex_);
    Finished finished_ GUARDED_BY(mutex_);
    bool is_stopping_ GUARDED_BY(mutex_) = false;
    std::vector<std::jthread> threads_;
};

}  // namespace pagepress::worker
