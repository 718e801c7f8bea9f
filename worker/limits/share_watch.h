// Tells the gates which part of the partitions this worker owns.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <vector>

#include "worker/consume/record_source.h"
#include "worker/limits/site_gates.h"

namespace pagepress::worker {

/// Stands before another listener. Poll thread.
class ShareWatch final : public AssignmentListener {
public:
    /// Number of all partitions; empty: not known now.
    using CountPartitions = std::function<std::optional<int>()>;

    ShareWatch(AssignmentListener& next, SiteGates& gates, CountPartitions count)
        : next_(next), gates_(gates), count_(std::move(count)) {}

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) override;

private:
    void tell();

    AssignmentListener& next_;
    SiteGates& gates_;
    const CountPartitions count_;
    std::set<std::int32_t> own_;
    int all_ = 0;  ///< as far as known
};

}  // namespace pagepress::worker
