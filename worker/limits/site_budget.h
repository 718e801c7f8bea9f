// How many requests and presses a site takes from this worker.
#pragma once

#include <optional>

#include "common/base/cell_rate.h"
#include "common/base/clock.h"
#include "common/catalog/model.h"
#include "worker/atlassian/rate_hint.h"

namespace pagepress::worker {

/// This worker's part of what is given to all of them.
struct PartitionShare {
    int own = 1;
    int all = 1;

    bool operator==(const PartitionShare&) const = default;
};

/// Passive, without a lock. Requests are counted when they are made and cannot be held back then:
/// what is over the limit is owed, and no press begins before it is paid.
class SiteBudget {
public:
    /// When a press may begin; empty: now.
    [[nodiscard]] std::optional<SteadyTime> stops_until(
        const Site::Limits& limits, const PartitionShare& share, SteadyTime now
    ) const;

    /// A press begins: it will make at least one request.
    void count_press(const Site::Limits& limits, const PartitionShare& share, SteadyTime now);

    void count_request(const Site::Limits& limits, const PartitionShare& share, SteadyTime now);

    /// No press runs any more: none of the requests that were counted before is still to come.
    void settle() { prepaid_ = 0; }

    /// Spreads what remains until there is more.
    void heed(const RateHint& hint, const PartitionShare& share, SteadyTime now);

    /// Presses at the same time, at least one; empty: no limit.
    [[nodiscard]] static std::optional<int> presses_max(
        const Site::Limits& limits, const PartitionShare& share
    );

private:
    void add(const Site::Limits& limits, const PartitionShare& share, SteadyTime now);

    CellRate bucket_;  ///< of the site's `limits`
    int prepaid_ = 0;  ///< requests that were counted when their presses began
    CellRate hinted_;  ///< of what the site says itself
    CellRates hinted_rates_;
    SteadyTime hinted_until_{};
};

}  // namespace pagepress::worker
