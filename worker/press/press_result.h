// What a press gives back to the scheduler and the poll thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/job/job_status.h"
#include "worker/press/outcome.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// What a finished job did to its page, as far as the press that tells it knows.
enum class PageEffect {
    kNone,     ///< nothing: skipped, dead, or not at its end
    kCreated,  ///< the page is new
    kUpdated,  ///< a version of the page shows it
    kUnchanged,
};

struct JobResult {
    WaitingJob job;
    Verdict verdict = Verdict::kRetry;
    JobStatus status;
    PageEffect effect = PageEffect::kNone;
    ErrorCode code = ErrorCode::kCorrupt;  ///< of kDead, kRetry, kSnooze: the error behind it
    /// kRetry, kSnooze: when the job may be tried again [Unix ms], if that is too long a wait for
    /// memory.
    std::optional<UnixMillis> due_at = std::nullopt;
};

struct PressResult {
    std::string key;  ///< the scheduler's key
    std::vector<JobResult> results;
    /// When jobs with kRetry or kSnooze that wait in memory may run again.
    SteadyTime not_before{};
};

}  // namespace pagepress::worker
