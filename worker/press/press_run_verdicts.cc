// How the jobs of a press run end: each gets one verdict, and errors are folded into them.
#include <algorithm>
#include <utility>

#include "common/base/invariant.h"
#include "worker/press/press_run.h"

namespace pagepress::worker {

void PressRun::settle(
    WaitingJob& job, Verdict verdict, const std::string& reason, std::int64_t version
) {
    Entry& entry = entry_of(job);
    INVARIANT(!entry.result);
    if (verdict == Verdict::kSnooze) --entry.attempts;
    entry.job.attempts = entry.attempts;  // copies tell what Redis knew, too
    if (comes_again(verdict)) {
        entry.job.may_have_written = entry.job.may_have_written || has_begun_;
    }
    if ((comes_again(verdict) || verdict == Verdict::kDead) && entry.job.first_failed_at == 0) {
        entry.job.first_failed_at = ports_.clock.unix_now();
    }
    entry.result = JobResult{
        .job = entry.job,
        .verdict = verdict,
        .status =
            {.job = entry.job.job,
             .state = state_of(verdict),
             .attempts = entry.attempts,
             .page_id = record.page_id,
             .page_url = page_url,
             .version = version,
             .reason = reason,
             .pressed_by = {},
             .updated_at = ports_.clock.unix_now()},
        .effect = effect_of(entry, verdict),
        .code = {},
    };
}

PageEffect PressRun::effect_of(const Entry& entry, Verdict verdict) const {
    const bool is_batch = entry.job.job.kind == JobKind::kBatch;
    const bool is_complete = verdict == Verdict::kDone || verdict == Verdict::kCoalesced;
    if (is_batch || !is_complete) return PageEffect::kNone;
    if (entry.stamped) {
        return entry.stamped->version == 1 ? PageEffect::kCreated : PageEffect::kUpdated;
    }
    if (has_created) return PageEffect::kCreated;
    return has_fenced ? PageEffect::kUpdated : PageEffect::kUnchanged;
}

void PressRun::complete(
    std::int64_t version, const std::string& note, const Result<void>& remaining_steps
) {
    const std::vector<WaitingJob*> jobs = active();
    INVARIANT(!jobs.empty());
    WaitingJob& lead = *jobs.front();
    for (WaitingJob* job : jobs) {
        if (job == &lead) continue;
        settle(*job, Verdict::kCoalesced, note, version);
        result_of(*job).status.pressed_by = lead.job.id;
    }
    if (remaining_steps) {
        settle(lead, Verdict::kDone, note, version);
    } else {
        fail_job(lead, remaining_steps.error());
    }
}

void PressRun::skip(const std::string& reason) {
    for (WaitingJob* job : active()) settle(*job, Verdict::kSkipped, reason, 0);
}

void PressRun::fail_job(WaitingJob& job, const Error& error) {
    settle_failed(job, judge(error, entry_of(job).attempts), error);
}

void PressRun::fail(const Error& error) {
    for (WaitingJob* job : active()) {
        settle_failed(*job, judge(error, entry_of(*job).attempts), error);
    }
}

/// Verdict on a job whose press failed; closes the gate where only the press knows of it.
///
/// A site that fails is no fault of its jobs: those whose presses find its gate closed by then
/// spend no attempt. That are the press that closes it, those under way with it, and every probe.
Verdict PressRun::judge(const Error& error, int attempts) {
    const Decision decision = decide(error, attempts, limits_.attempts_max);
    if (decision.gate == GateEffect::kCredentials) {
        ports_.gates.note_credentials(site_, error.message);
    }
    const bool is_failure =
        recovery_of(error.code) == Recovery::kUnknown || error.code == ErrorCode::kUnavailable;
    if (!is_failure && decision.gate == GateEffect::kNone) return decision.verdict;
    const auto gate = ports_.gates.closed(site_);
    if (!gate) return decision.verdict;
    not_before_ = std::max(not_before_, gate->until);
    const bool is_of_site = is_failure && gate->kind != GateKind::kAsked;
    return is_of_site ? Verdict::kSnooze : decision.verdict;
}

void PressRun::settle_failed(WaitingJob& job, Verdict verdict, const Error& error) {
    std::string reason = error.message;
    if (comes_again(verdict) && age_of(job) > limits_.age_max) {
        const auto limit = std::chrono::duration_cast<std::chrono::seconds>(limits_.age_max);
        reason = "not done within " + std::to_string(limit.count()) + " s: " + reason;
        verdict = Verdict::kDead;
    }
    if (verdict == Verdict::kRetry) {
        job.backoff = next_backoff(limits_.backoff, job.backoff, ports_.random);
        park_for(std::max(job.backoff, error.retry_after.value_or(Millis(0))));
    } else if (verdict == Verdict::kSnooze) {
        park_for(error.retry_after.value_or(Millis(200)));
    }
    settle(job, verdict, reason, 0);
    result_of(job).code = error.code;
}

void PressRun::park_for(Millis wait) {
    not_before_ = std::max(not_before_, ports_.clock.steady_now() + wait);
}

}  // namespace pagepress::worker
