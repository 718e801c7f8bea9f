// Jobs that wait too long for memory: copies on the delayed topics.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "worker/consume/outbox.h"
#include "worker/delay/delay_tiers.h"
#include "worker/delay/delayed_record.h"
#include "worker/press/press_result.h"

namespace pagepress::worker {

/// Sends copies; the record that one stands for is finished when Kafka has it, and held until then.
/// Passive; the poll thread's.
class DelayedCopies {
public:
    /// Called with the position of the record whose copy was acknowledged.
    using OnDelayed = std::function<void(const RecordPosition&)>;

    /// References outlive the object.
    DelayedCopies(
        Outbox& outbox,
        const DelayTiers& tiers,
        const Clock& clock,
        Metrics& metrics,
        OnDelayed on_delayed
    );

    /// Whether a job that waits so long is to be delayed.
    [[nodiscard]] bool is_long(Millis wait) const { return tiers_.is_long(wait); }

    /// Delays a job whose press said when it may be tried again.
    void delay(const JobResult& result);

    /// Delays a job that has not been pressed yet until `due` [Unix ms].
    /// @param value  the job's record as it came
    void delay(const WaitingJob& job, std::string value, UnixMillis due);

private:
    void send(const WaitingJob& job, std::string value, UnixMillis due, const DelayReason& reason);

    Outbox& outbox_;
    const DelayTiers& tiers_;
    const Clock& clock_;
    const OnDelayed on_delayed_;
    std::vector<Counter> sent_;  ///< by tier
};

/// Counter of the copies that a tier took, whoever sent them.
[[nodiscard]] std::vector<Counter> copy_counters(Metrics& metrics, const DelayTiers& tiers);

/// Addresses a copy to the tier that its wait begins with.
/// @return  index of the tier
std::size_t address_copy(Record& copy, const DelayTiers& tiers, UnixMillis due, UnixMillis now);

}  // namespace pagepress::worker
