#include "worker/schedule/waiting_job.h"

#include <algorithm>

namespace pagepress::worker {

void share_history(WaitingJob& job, const WaitingJob& other) {
    job.job.accepted_at = std::min(job.job.accepted_at, other.job.accepted_at);
    job.may_have_written = job.may_have_written || other.may_have_written;
    job.create_sent_at = std::max(job.create_sent_at, other.create_sent_at);
    if (job.job.redrive != other.job.redrive) return;  // the attempts of a redriven job begin anew
    job.attempts = std::max(job.attempts, other.attempts);
    if (job.first_failed_at == 0 || other.first_failed_at == 0) {
        job.first_failed_at = std::max(job.first_failed_at, other.first_failed_at);
    } else {
        job.first_failed_at = std::min(job.first_failed_at, other.first_failed_at);
    }
    job.backoff = std::max(job.backoff, other.backoff);
}

}  // namespace pagepress::worker
