// Which page key is pressed next: one FIFO per key, one running press per key, no key waits for
// another.
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
/// A key is idle (unknown here), ready (has jobs, may be pressed), running, or parked until a time.
class KeyedScheduler {
public:
    /// Bounds what one press reports to Redis in one step.
    static constexpr std::size_t kJobsPerPressMax = 1000;

    /// Adds a job to the end of its key's FIFO.
    void submit(const std::string& key, WaitingJob job);

    /// The press that has been ready for longest, with the jobs that wait for its key (at most
    /// `kJobsPerPressMax`, the oldest first); the key runs until `finish`. Empty if nothing is
    /// ready at `now`.
    std::optional<Press> take(SteadyTime now);

    /// Ends a running press. `again` holds the jobs that are not finished: they go back to the
    /// front of the FIFO, and the key is parked until `not_before`.
    void finish(const std::string& key, std::vector<WaitingJob> again, SteadyTime not_before);

    /// Removes waiting jobs whose position matches; running presses are not touched.
    /// @return  how many were removed
    std::size_t remove_if(const std::function<bool(const RecordPosition&)>& matches);

    /// When the first parked key becomes ready; empty if none is parked.
    [[nodiscard]] std::optional<SteadyTime> next_wake() const;

    [[nodiscard]] bool has_ready(SteadyTime now) const;

    [[nodiscard]] std::size_t waiting_count() const { return waiting_count_; }

    [[nodiscard]] std::size_t running_count() const { return running_count_; }

    [[nodiscard]] std::size_t parked_count() const { return parked_.size(); }

private:
    enum class State { kReady, kRunning, kParked };

    struct Lane {
        State state = State::kReady;
        std::list<WaitingJob> jobs;
        SteadyTime not_before{};  ///< kParked
    };

    using Lanes = std::unordered_map<std::string, Lane>;

    void make_ready(const std::string& key, Lane& lane);
    void wake(SteadyTime now);
    void unpark(const std::string& key, SteadyTime not_before);

    Lanes lanes_;
    std::list<std::string> ready_;
    std::multimap<SteadyTime, std::string> parked_;
    std::size_t waiting_count_ = 0;
    std::size_t running_count_ = 0;
};

}  // namespace pagepress::worker
