#include "worker/press/outcome.h"

#include "common/base/invariant.h"

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
    switch (error.code) {
        case ErrorCode::kInvalidInput:
        case ErrorCode::kTooLarge:
        case ErrorCode::kNotFound:
        case ErrorCode::kForbidden:
        case ErrorCode::kTitleTaken:
            return {.verdict = Verdict::kDead};
        case ErrorCode::kCredentialsRejected:
            return {.verdict = Verdict::kSnooze, .gate = GateEffect::kCredentials};
        case ErrorCode::kRateLimited:
            return {.verdict = Verdict::kSnooze, .gate = GateEffect::kWaitAsAsked};
        case ErrorCode::kNotYet:
        case ErrorCode::kOverloaded:
        case ErrorCode::kCancelled:
            return {.verdict = Verdict::kSnooze};
        case ErrorCode::kConflict:
        case ErrorCode::kUnavailable:
        case ErrorCode::kCorrupt:
        case ErrorCode::kUnknownOutcome:
            return {.verdict = attempts < attempts_max ? Verdict::kRetry : Verdict::kDead};
    }
    INVARIANT(false);
}

}  // namespace pagepress::worker
