// Which page key is pressed next: one FIFO per key, one running press per key, no key waits for
// another. Sites take turns; within a site calls go before the jobs of batches, four to one.
#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "common/base/clock.h"
#include "worker/schedule/ready_keys.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// All jobs that wait for one key, to be completed by one press.
struct Press {
    std::string key;
    std::vector<WaitingJob> jobs;  ///< in order of arrival; never empty
};

/// Passive: no threads, no clock, no lock of its own. Bounded by its caller (the consumer's
/// window).
///
/// A key is idle (unknown here), ready (has jobs, may be pressed), running, or parked: until the
/// first of its jobs is due, or until the end of a wait that a failed press asked for. A job that
/// is due at once ends the former kind of wait, and its press takes the key's other jobs along.
class KeyedScheduler {
public:
    /// Bounds what one press reports to Redis in one step.
    static constexpr std::size_t kJobsPerPressMax = 1000;

    /// @param pace  says how fast each site may be pressed, and outlives this; null: as fast as it
    ///              goes
    explicit KeyedScheduler(SitePace* pace = nullptr) : ready_(pace) {}

    /// Adds a job to the end of its key's FIFO.
    void submit(const std::string& key, WaitingJob job);

    /// The press whose turn it is, with the jobs that wait for its key (at most
    /// `kJobsPerPressMax`, the oldest first); the key runs until `finish`. Empty if nothing is
    /// ready at `now`.
    std::optional<Press> take(SteadyTime now);

    /// Ends a running press. `again` holds the jobs that are not finished: they go back to the
    /// front of the FIFO, and the key is parked until `not_before`.
    void finish(const std::string& key, std::vector<WaitingJob> again, SteadyTime not_before);

    /// Removes waiting jobs whose position matches; running presses are not touched.
    /// @return  how many were removed
    std::size_t remove_if(const std::function<bool(const RecordPosition&)>& matches);

    /// When the first parked key becomes ready, or a site that held the last `take` up may be
    /// pressed again; empty if there is neither.
    [[nodiscard]] std::optional<SteadyTime> next_wake() const;

    [[nodiscard]] bool has_ready(SteadyTime now) const;

    [[nodiscard]] std::size_t waiting_count() const { return waiting_count_; }

    [[nodiscard]] std::size_t running_count() const { return running_count_; }

    [[nodiscard]] std::size_t parked_count() const { return parked_.size(); }

private:
    enum class State { kReady, kRunning, kParked };

    struct Queue {
        State state = State::kRunning;
        std::list<WaitingJob> jobs;
        std::size_t call_count = 0;   ///< of `jobs`: those that belong to no batch
        ReadyKeys::Place place;       ///< kReady
        SteadyTime not_before{};      ///< kParked
        bool is_backing_off = false;  ///< kParked: a failed press asked for the wait
    };

    using Queues = std::unordered_map<std::string, Queue>;

    /// Makes the key of waiting jobs ready, or parks it until the first of them is due.
    void arrange(const std::string& key, Queue& queue);
    void make_ready(const std::string& key, Queue& queue);
    void park(const std::string& key, Queue& queue, SteadyTime not_before);
    void unpark(const std::string& key, SteadyTime not_before);
    void forget_place(const std::string& key, Queue& queue);
    void wake(SteadyTime now);

    Queues queues_;
    ReadyKeys ready_;
    std::multimap<SteadyTime, std::string> parked_;
    std::size_t waiting_count_ = 0;
    std::size_t running_count_ = 0;
};

}  // namespace pagepress::worker
