// A fleet, its callers and what they leave behind: brings the evidence together for the oracle.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "tests/chaos/evidence.h"
#include "tests/chaos/fleet.h"
#include "tests/chaos/ledger.h"

namespace pagepress::chaos {

/// Used by one thread, but for the ledger and the doors.
class Trial {
public:
    explicit Trial(const FleetPlan& plan) : fleet(plan) {}

    /// Starts what is wanted and gone, and reads what was published since.
    void tend();

    /// Reads the statuses of jobs that are not known to have ended, for at most so long; also for
    /// when Redis is about to lose them. @return  whether all were told
    bool note_ends(std::chrono::milliseconds patience);

    /// Waits until everything runs again and every job is at its end; to be called when faults and
    /// callers have ended. What is not done after `patience` is for the oracle to tell.
    void drain(std::chrono::milliseconds patience);

    /// All that is known; after `drain`.
    [[nodiscard]] Evidence collect();

    /// Everything that was published so far.
    [[nodiscard]] const std::vector<PageVersion>& versions() const { return versions_; }

    Fleet fleet;
    Ledger ledger;

private:
    void read_versions();
    [[nodiscard]] std::optional<JobEnd> read_end(const std::string& job_id);
    [[nodiscard]] std::set<std::string> job_ids_on(std::string_view topic);

    std::vector<PageVersion> versions_;
    std::int64_t last_entry_ = 0;
    std::map<std::string, JobEnd> ends_;
    std::int64_t backlog_ = -1;
    std::vector<std::string> deaths_;
};

}  // namespace pagepress::chaos
