// A job inside a worker, and where its record came from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/job/job.h"

namespace pagepress::worker {

/// Where a record came from. `epoch` tells assignments of one partition apart, so that a late
/// completion cannot finish a record that was delivered again.
struct RecordPosition {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    std::uint64_t epoch = 0;

    bool operator==(const RecordPosition&) const = default;
};

struct WaitingJob {
    Job job;
    RecordPosition position;
    /// Not pressed for its own sake before this; the zero time: at once.
    SteadyTime due{};
    /// An earlier execution may have written already (redelivered record, earlier attempt): the
    /// page's stamps must be read before anything is written.
    bool may_have_written = false;
    /// Attempts made in this process, or that the job's copies tell of; counts where Redis cannot.
    int attempts = 0;
    /// When an attempt failed or had to wait first [Unix ms]; 0: none was.
    UnixMillis first_failed_at = 0;
    /// Last wait before a retry; input of the next one.
    Millis backoff{0};
    /// Since when this process knows the job, but not the catalog up to the job's position.
    std::optional<SteadyTime> catalog_awaited_since = std::nullopt;
    /// When a create was sent whose outcome is unknown, by this process or before a long wait.
    std::optional<UnixMillis> create_sent_at = std::nullopt;
    /// The record's `traceparent`; empty if it came without. For log lines.
    std::string traceparent = {};
};

/// Tells `job` what is known of `other`, a record of the same job: what may have happened to one
/// has happened to the job, and either may come alone next time.
void share_history(WaitingJob& job, const WaitingJob& other);

}  // namespace pagepress::worker
