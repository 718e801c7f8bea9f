// What a press run does for the jobs that come again: who leaves memory for a long wait, who has
// waited for too long, and how attempts are counted while Redis is away.
#include <algorithm>
#include <utility>

#include "worker/press/press_run.h"

namespace pagepress::worker {

namespace {

/// A job that has waited in vain for long waits longer than the gate asks for, or a site that is
/// down for days would send all of its jobs round Kafka every minute.
constexpr int kPatienceShare = 4;
constexpr Millis kPatienceMax = std::chrono::minutes(30);

}  // namespace

/// Counted from when the job could have been pressed first; one that was sent again from the dead
/// letters begins anew.
Millis PressRun::age_of(const WaitingJob& job) const {
    const UnixMillis now = ports_.clock.unix_now();
    const UnixMillis failed_since = job.first_failed_at == 0 ? now : job.first_failed_at;
    const UnixMillis due_since = std::max(job.job.accepted_at, job.job.not_before);
    return Millis(now - (job.job.redrive > 0 ? failed_since : due_since));
}

/// In memory they would hold their offsets, and everything behind them would be delivered again
/// after a crash.
void PressRun::delay_long_waits() {
    const auto wait = std::chrono::ceil<Millis>(not_before_ - ports_.clock.steady_now());
    if (wait <= limits_.park_max) return;
    const UnixMillis now = ports_.clock.unix_now();
    for (Entry& entry : entries_) {
        if (!comes_again(entry.result->verdict)) continue;
        const UnixMillis since = entry.result->job.first_failed_at;
        const Millis in_vain(since == 0 ? 0 : now - since);
        const Millis patience = std::min(in_vain / kPatienceShare, kPatienceMax);
        entry.result->due_at = now + std::max(wait, patience).count();
    }
}

/// Of a press that was not begun. Whoever waits for long is told why; not jobs that a batch can
/// still call off, since that takes those that were never heard of.
bool PressRun::is_told(const Entry& entry) const {
    const Job& job = entry.job.job;
    const bool can_be_called_off = !job.parent.empty() || job.kind == JobKind::kBatch;
    const bool waits_for_long = entry.result->due_at.has_value() && !can_be_called_off;
    return has_counted_ || waits_for_long || is_terminal(entry.result->status.state);
}

/// Where Redis does not count, this machine does.
void PressRun::note_suspects() {
    if (ports_.suspects == nullptr || suspect_press_) return;
    std::vector<Suspect> jobs;
    for (const Entry& entry : entries_) {
        if (entry.is_repeat) continue;
        const Job& job = entry.job.job;
        jobs.push_back({.job_id = job.id, .redrive = job.redrive, .attempts = entry.attempts});
    }
    const Suspects::Begun begun = ports_.suspects->begin(jobs);
    suspect_press_ = begun.press;
    std::vector<JobRecord> known;
    for (const int attempts : begun.attempts) {
        known.push_back({.finished = std::nullopt, .attempts = attempts});
    }
    note_known(known);
}

/// Of several records of one job the deciding one stands for all, also where the job comes again:
/// it knows the history of the others. Were each to come again and to get a delayed copy of its
/// own, a job that waits for long would multiply with every repetition.
void PressRun::settle_repeats() {
    for (Entry& entry : entries_) {
        if (!entry.is_repeat) continue;
        const Entry& first = deciding_of(entry);
        WaitingJob repeat = first.result->job;
        repeat.position = entry.job.position;
        entry.result = JobResult{
            .job = std::move(repeat),
            .verdict = Verdict::kFinished,
            .status = first.result->status,
            .code = {}};
    }
}

}  // namespace pagepress::worker
