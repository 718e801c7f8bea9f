// Out-of-order completion, in-order commit: which delivered records of a partition are finished.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "common/base/clock.h"

namespace pagepress::worker {

/// Tracks one assignment of one partition. Passive; owned by the poll thread. Bounded by its
/// caller, which pauses the partition when too much is in work, waits or is held.
///
/// Offsets need not be contiguous: compaction, aborted transactions and control records leave gaps,
/// so only delivered offsets count.
class OffsetTracker {
public:
    /// Notes a record handed over by the consumer: it is in work until it is finished.
    /// @return  false for a record that was delivered before (a consumer may fetch some twice after
    ///          a pause): it must not be executed again
    [[nodiscard]] bool deliver(std::int64_t offset);

    /// Notes from when on the job of the record just delivered could have been done [Unix ms].
    void set_since(UnixMillis since);

    /// Notes that a record in work only waits for its time, and takes so much memory meanwhile.
    void postpone(std::int64_t offset, SteadyTime until, std::size_t bytes);

    /// Notes what time it is: records whose time has come are in work.
    void wake(SteadyTime now);

    /// Notes that a record needs nothing more. Offsets that are not in flight are ignored: a job
    /// may be finished twice.
    void finish(std::int64_t offset);

    /// The offset to commit: the first delivered record that is not finished, or one past the last
    /// delivered one. Empty before the first record. Never goes back.
    [[nodiscard]] std::optional<std::int64_t> watermark() const;

    /// Records from the watermark on, finished ones above it included: what a crash would
    /// redeliver.
    [[nodiscard]] std::size_t held() const { return records_.size(); }

    /// Records that are neither finished nor waiting for their time.
    [[nodiscard]] std::size_t in_work() const { return unfinished_ - waiting_.size(); }

    /// Records that are not finished, whatever they wait for.
    [[nodiscard]] std::size_t unfinished() const { return unfinished_; }

    /// The earliest time of `set_since` of the unfinished records; empty if there is none.
    [[nodiscard]] std::optional<UnixMillis> oldest() const;

    /// One past the last delivered record; empty before the first one.
    [[nodiscard]] std::optional<std::int64_t> delivered_until() const;

    /// Memory of the records that wait for their time.
    [[nodiscard]] std::size_t waiting_bytes() const { return waiting_bytes_; }

private:
    struct Record {
        std::int64_t offset;
        std::optional<UnixMillis> since;
        bool is_finished;
    };

    struct Wait {
        SteadyTime until;
        std::size_t bytes;
    };

    void forget(UnixMillis since);
    void end_wait(std::map<std::int64_t, Wait>::iterator wait);

    std::deque<Record> records_;
    std::size_t unfinished_ = 0;                           ///< of `records_`
    std::map<UnixMillis, std::size_t> since_;              ///< how many unfinished ones, by time
    std::map<std::int64_t, Wait> waiting_;                 ///< of the unfinished ones, by offset
    std::set<std::pair<SteadyTime, std::int64_t>> wakes_;  ///< of `waiting_`
    std::size_t waiting_bytes_ = 0;
    std::optional<std::int64_t> last_delivered_;
};

}  // namespace pagepress::worker
