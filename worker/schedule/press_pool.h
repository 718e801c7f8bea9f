// The executor threads: each takes the press that has been ready for longest, executes it, and
// hands the verdicts over.
#pragma once

#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "worker/press/press_result.h"
#include "worker/schedule/executors.h"
#include "worker/schedule/press_queue.h"

namespace pagepress::worker {

/// Executes one press on the calling thread.
using Executor = std::function<PressResult(Press)>;

/// A PressQueue under one lock, and the threads that serve it. Thread-safe; what Executors declares
/// is the poll thread's.
class PressPool final : public Executors {
public:
    /// Starts a thread per executor. `clock` and `pace` (null: none) outlive the pool.
    PressPool(std::vector<Executor> executors, const Clock& clock, SitePace* pace = nullptr);

    /// Starts no more presses, waits for the running ones and joins the threads.
    ~PressPool() override;

    PressPool(const PressPool&) = delete;
    PressPool& operator=(const PressPool&) = delete;

    void assign(std::uint64_t epoch) override;
    bool revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) override;
    void submit(const std::string& key, WaitingJob job) override;
    [[nodiscard]] Finished take_finished() override;
    [[nodiscard]] ExecutorLoad load() const override;

    /// Starts no more presses.
    void stop_taking();

    /// Waits until no press runs, at most until `deadline`. Returns whether none does.
    [[nodiscard]] bool wait_idle(SteadyTime deadline);

private:
    void run(const Executor& execute);
    bool take(Press& press);
    void hand_over(PressResult result);

    const Clock& clock_;
    mutable Mutex mutex_;
    CondVar work_;   ///< a press became ready, or the pool stops
    CondVar ended_;  ///< a press ended
    PressQueue queue_ GUARDED_BY(mutex_);
    bool is_stopping_ GUARDED_BY(mutex_) = false;
    std::vector<std::jthread> threads_;
};

}  // namespace pagepress::worker
