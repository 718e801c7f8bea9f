// Out-of-order completion, in-order commit: which delivered records of a partition are finished.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

namespace pagepress::worker {

/// Tracks one assignment of one partition. Passive; owned by the poll thread. Bounded by its
/// caller, which pauses the partition when `in_flight` reaches the window.
///
/// Offsets need not be contiguous: compaction, aborted transactions and control records leave gaps,
/// so only delivered offsets count.
class OffsetTracker {
public:
    /// Notes a record handed over by the consumer.
    /// @return  false for a record that was delivered before (a consumer may fetch some twice after
    ///          a pause): it must not be executed again
    [[nodiscard]] bool deliver(std::int64_t offset);

    /// Notes that a record needs nothing more. Offsets that are not in flight are ignored: a job
    /// may be finished twice.
    void finish(std::int64_t offset);

    /// The offset to commit: the first delivered record that is not finished, or one past the last
    /// delivered one. Empty before the first record. Never goes back.
    [[nodiscard]] std::optional<std::int64_t> watermark() const;

    /// Records from the watermark on, finished ones above it included: what a crash would
    /// redeliver.
    [[nodiscard]] std::size_t in_flight() const { return records_.size(); }

private:
    struct Record {
        std::int64_t offset;
        bool is_finished;
    };

    std::deque<Record> records_;
    std::optional<std::int64_t> last_delivered_;
};

}  // namespace pagepress::worker
