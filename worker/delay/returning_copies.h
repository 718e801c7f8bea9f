// Copies on the delayed topics that wait for their time: when it has come they go back to the jobs
// topic, or on to the next tier.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "worker/consume/offset_tracker.h"
#include "worker/consume/outbox.h"
#include "worker/consume/record_source.h"
#include "worker/delay/delay_tiers.h"

namespace pagepress::worker {

struct ReturnLimits {
    /// A partition is paused with so many records, or bytes, that wait at its head.
    std::size_t held_max = 64;
    std::size_t held_bytes_max = 256UL << 10;
    /// Copies under way without a delivery report before no more are let go.
    std::size_t open_max = 10'000;
    /// Longest wait for delivery reports when partitions are revoked.
    Millis revoke_wait{2'000};
};

/// Never presses, and never lets a record go early. A record's offset is stored only when its next
/// copy has its delivery report; a crash in between makes the copy twice, with one job id. Passive;
/// the delay thread's.
class ReturningCopies final : public AssignmentListener {
public:
    /// References outlive the object.
    struct Ports {
        Outbox& outbox;
        const DelayTiers& tiers;
        const Clock& clock;
        Metrics& metrics;
        /// Serves delivery reports until all have come, or the time is over.
        std::function<void(Millis)> flush;
    };

    ReturningCopies(const Ports& ports, std::string jobs_topic, ReturnLimits limits);

    /// A record of a delayed topic, in the order of its partition.
    void take(IncomingRecord record);

    /// Lets go what is due, pauses and resumes partitions, stores offsets. To be called several
    /// times a second, and once after the last delivery reports.
    void step(RecordSource& source);

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) override;

private:
    struct Held {
        Record record;
        std::int64_t offset = 0;
        UnixMillis until = 0;  ///< as its sender reckoned
        SteadyTime let_go_at{};
        std::size_t bytes = 0;
    };

    struct Lane {
        std::uint64_t epoch = 0;
        OffsetTracker tracker;
        std::deque<Held> held;
        std::size_t held_bytes = 0;
        std::int64_t stored = -1;
    };

    void let_go(std::int32_t partition, Lane& lane);
    void send(Held held, const RecordPosition& position);
    void finish(const RecordPosition& position);
    void apply_bounds(std::int32_t partition, const Lane& lane);
    void store(std::int32_t partition, Lane& lane);
    void show_overdue();

    const Ports ports_;
    const std::string jobs_topic_;
    const ReturnLimits limits_;
    RecordSource* source_ = nullptr;
    std::map<std::int32_t, Lane> lanes_;  ///< by the consumer's number of the partition
    std::uint64_t next_epoch_ = 1;
    std::vector<Counter> sent_;      ///< by the tier that it goes to
    std::vector<Counter> returned_;  ///< by the tier that it comes from
    Gauge overdue_;
};

}  // namespace pagepress::worker
