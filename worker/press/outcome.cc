#include "worker/press/outcome.h"

#include "common/base/invariant.h"
#include "worker/press/answers.h"

namespace pagepress::worker {

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::kDone:
            return "done";
        case Verdict::kCoalesced:
            return "coalesced";
        case Verdict::kSkipped:
            return "skipped";
        case Verdict::kFinished:
            return "finished";
        case Verdict::kRetry:
            return "retry";
        case Verdict::kSnooze:
            return "snooze";
        case Verdict::kDead:
            return "dead";
    }
    INVARIANT(false);
}

JobState state_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::kDone:
            return JobState::kDone;
        case Verdict::kCoalesced:
            return JobState::kCoalesced;
        case Verdict::kSkipped:
            return JobState::kSkipped;
        case Verdict::kRetry:
        case Verdict::kSnooze:
            return JobState::kRunning;
        case Verdict::kDead:
            return JobState::kDead;
        case Verdict::kFinished:
            break;
    }
    INVARIANT(false);
}

bool comes_again(Verdict verdict) {
    return verdict == Verdict::kRetry || verdict == Verdict::kSnooze;
}

Decision decide(const Error& error, int attempts, int attempts_max) {
    const Answer& answer = answer_for(error.code);
    const bool is_spent = answer.verdict == Verdict::kRetry && attempts >= attempts_max;
    return {.verdict = is_spent ? Verdict::kDead : answer.verdict, .gate = answer.gate};
}

}  // namespace pagepress::worker
