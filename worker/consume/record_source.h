// Port to the consumer group: records in, offsets out, and what happens at a rebalance.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/kafka/record.h"

namespace pagepress::worker {

struct IncomingRecord {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::vector<RecordHeader> headers;
    /// The record was in the log before this worker was assigned the partition, so another worker
    /// may have executed it.
    bool may_be_redelivered = false;
};

/// What the source tells of its assignment, from within `poll`, on the poll thread.
class AssignmentListener {
public:
    virtual ~AssignmentListener() = default;

    virtual void on_assigned(const std::vector<std::int32_t>& partitions) = 0;

    /// Called before the partitions are given back: what is finished must be stored by the end of
    /// it. `is_lost` means that they belong to others already: there is nothing to wait for.
    virtual void on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) = 0;
};

/// Owned and used by the poll thread alone.
class RecordSource {
public:
    virtual ~RecordSource() = default;

    /// The next record, or none within `wait`. Rebalances happen in here.
    virtual std::optional<IncomingRecord> poll(Millis wait) = 0;

    /// Marks everything below `offset` as done, to be committed in the background and at revoke.
    /// @errors  kNotFound     the partition is not ours any more: there is nothing to store
    ///          kUnavailable  not taken now
    virtual Result<void> store(std::int32_t partition, std::int64_t offset) = 0;

    /// The offset that the partition's next record will have, as the last fetch told it; of a
    /// paused partition it may be old. Empty before the first fetch.
    [[nodiscard]] virtual std::optional<std::int64_t> end_of(std::int32_t partition) const = 0;

    virtual void pause(std::int32_t partition) = 0;
    virtual void resume(std::int32_t partition) = 0;

    /// Leaves the group, after a last `on_revoked`; takes at most `deadline`.
    virtual void close(Millis deadline) = 0;
};

}  // namespace pagepress::worker
