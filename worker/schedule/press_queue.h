// The jobs of a worker between the poll thread and the executors: which press is next, which run,
// and what has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>

#include "common/base/clock.h"
#include "worker/press/press_result.h"
#include "worker/schedule/executors.h"
#include "worker/schedule/keyed_scheduler.h"

namespace pagepress::worker {

/// Passive: no lock, no threads, no clock of its own.
class PressQueue {
public:
    /// @param pace  says how fast each site may be pressed, and outlives this; null: as fast as it
    ///              goes
    explicit PressQueue(SitePace* pace = nullptr) : scheduler_(pace) {}

    /// Jobs of this epoch are ours from now on.
    void assign(std::uint64_t epoch) { live_epochs_.insert(epoch); }

    /// Drops the waiting jobs of these epochs; those that run now come back and are not pressed
    /// again.
    void fence(const std::set<std::uint64_t>& epochs);

    void submit(const std::string& key, WaitingJob job) { scheduler_.submit(key, std::move(job)); }

    /// The press whose turn it is; empty if nothing is ready at `now`. It runs until `hand_over`.
    std::optional<Press> take(SteadyTime now);

    /// Whether there is a press to be taken, unless its site has to wait.
    [[nodiscard]] bool has_ready(SteadyTime now) const { return scheduler_.has_ready(now); }

    /// When the first parked key becomes ready, or a site that held the last `take` up may be
    /// pressed again; empty if there is neither.
    [[nodiscard]] std::optional<SteadyTime> next_wake() const { return scheduler_.next_wake(); }

    /// Ends a running press: its jobs are finished, dead, or wait for another try.
    void hand_over(PressResult result);

    /// Whether a running press holds a job of one of these epochs.
    [[nodiscard]] bool is_running(const std::set<std::uint64_t>& epochs) const;

    [[nodiscard]] bool is_idle() const { return running_.empty(); }

    /// What has ended since this was last asked.
    [[nodiscard]] Finished take_finished();

    [[nodiscard]] ExecutorLoad load() const;

private:
    KeyedScheduler scheduler_;
    std::set<std::uint64_t> live_epochs_;
    std::unordered_map<std::string, std::set<std::uint64_t>> running_;  ///< epochs by key
    Finished finished_;
};

}  // namespace pagepress::worker
