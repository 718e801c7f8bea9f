// Lets a plan strike a trial, and people at its pages; counts what struck.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "tests/chaos/plan.h"
#include "tests/chaos/trial.h"

namespace pagepress::chaos {

/// People who edit pages and put them into the trash now and then. Used by one thread.
class People {
public:
    People(Trial& trial, std::uint64_t seed) : trial_(trial), random_(seed) {}

    /// Perhaps somebody does something.
    void act();

    [[nodiscard]] std::int64_t edits() const { return edits_; }

    [[nodiscard]] std::int64_t removals() const { return removals_; }

private:
    [[nodiscard]] std::string any_page();

    Trial& trial_;
    std::mt19937_64 random_;
    std::int64_t notes_ = 0;
    std::int64_t edits_ = 0;
    std::int64_t removals_ = 0;
};

struct FaultCount {
    int times = 0;
    Millis length{};
};

/// Passive: `step` is called again and again until the time is over, then `finish`. Used by one
/// thread.
class PlanRun {
public:
    PlanRun(Trial& trial, const std::vector<Step>& plan, const Clock& clock);

    /// Begins and ends what is due.
    void step();

    /// Ends what is under way, and all other faults; what has not begun is left out.
    void finish();

    /// By name of the fault.
    [[nodiscard]] const std::map<std::string, FaultCount>& counts() const { return counts_; }

private:
    struct LaneState {
        std::deque<Step> waiting = {};
        std::optional<Step> active = {};
        SteadyTime begun_at = {};
        SteadyTime ended_at = {};
    };

    void step_lane(Lane lane, LaneState& state, SteadyTime now);
    void end(LaneState& state, SteadyTime now);
    [[nodiscard]] bool may_begin(Lane lane, const LaneState& state, SteadyTime now);

    Trial& trial_;
    const Clock& clock_;
    const SteadyTime begun_at_;
    std::map<Lane, LaneState> lanes_;
    std::map<std::string, FaultCount> counts_;
    SteadyTime brokers_asked_at_{};
};

}  // namespace pagepress::chaos
