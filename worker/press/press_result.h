// What a press gives back to the scheduler and the poll thread.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/job/job_status.h"
#include "worker/press/outcome.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

struct JobResult {
    WaitingJob job;
    Verdict verdict = Verdict::kRetry;
    JobStatus status;
    ErrorCode code = ErrorCode::kCorrupt;  ///< of kDead: the error behind it
};

struct PressResult {
    std::string key;  ///< the scheduler's key
    std::vector<JobResult> results;
    /// When jobs with kRetry or kSnooze may run again.
    SteadyTime not_before{};
};

}  // namespace pagepress::worker
