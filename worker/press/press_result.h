// What a press gives back to the scheduler and the poll thread.
#pragma once

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
    ErrorCode code = ErrorCode::kCorrupt;  ///< of kDead: the error behind it
};

struct PressResult {
    std::string key;  ///< the scheduler's key
    std::vector<JobResult> results;
    /// When jobs with kRetry or kSnooze may run again.
    SteadyTime not_before{};
};

}  // namespace pagepress::worker
