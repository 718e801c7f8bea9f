#include "worker/press/answers.h"

#include <algorithm>

#include "common/base/invariant.h"

namespace pagepress::worker {

namespace {

using enum Step;

// Reads, properties and labels have no column: whatever fails there ends the press, and the job
// that comes again finds its stamp and goes on from there. The steps: create, update, move,
// restore.
constexpr auto kAnswers = std::to_array<Answer>({
    {ErrorCode::kConflict,
     "409; `OptimisticLock` with any status",
     {kEnd, kReadAgain, kReadAgain, kReadAgain},
     Verdict::kRetry},
    {ErrorCode::kTitleTaken,
     "400 title exists: ours, a person's, archived or hidden from us (not in the trash)",
     {kLookAgain, kKeepTitle, kKeepTitle, kEnd},
     Verdict::kDead},
    {ErrorCode::kNotFound,
     "404 with good credentials: page, parent, space or issue gone or hidden",
     {kEnd, kReadOnce, kKeepPlace, kReadAgain},
     Verdict::kDead},
    {ErrorCode::kForbidden,
     "403 with good credentials: permission lost, space archived",
     {kEnd, kEnd, kKeepPlace, kEnd},
     Verdict::kDead},
    {ErrorCode::kInvalidInput,
     "400 else (storage format, JQL, the parent is a folder); 410 API removed",
     {kEnd, kEnd, kKeepPlace, kEnd},
     Verdict::kDead},
    {ErrorCode::kTooLarge,
     "413; an answer over our size limit",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kDead},
    {ErrorCode::kUnknownOutcome,
     "to a write: 5xx, time-out or reset after sending, half an answer, an answer without version",
     {kSettle, kFindStamp, kFindStamp, kEnd},
     Verdict::kRetry},
    {ErrorCode::kUnavailable,
     "nothing was sent; 408, 425; to a read: 5xx, time-out; 400 or 500 rolled back, unreconciled",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kRetry},
    {ErrorCode::kCorrupt,
     "to a read: no JSON, or not the document that was asked for",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kRetry},
    {ErrorCode::kRateLimited,
     "429: burst, quota, unnamed",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kSnooze,
     GateEffect::kWaitAsAsked},
    {ErrorCode::kNotYet,
     "429 of one issue's writes; lease held, gate closed, catalog behind",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kSnooze},
    {ErrorCode::kCredentialsRejected,
     "401; 403 or 404 and the probe fails too; redirect or page of a login; anonymous; CAPTCHA",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kSnooze,
     GateEffect::kCredentials},
    {ErrorCode::kOverloaded,
     "a bound of our own is reached",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kSnooze},
    {ErrorCode::kCancelled,
     "the worker is stopping, and nothing was sent",
     {kEnd, kEnd, kEnd, kEnd},
     Verdict::kSnooze},
});

}  // namespace

std::string_view name_of(Step step) {
    switch (step) {
        case kEnd:
            return "";
        case kReadAgain:
            return "read again";
        case kFindStamp:
            return "find stamp";
        case kReadOnce:
            return "read once";
        case kKeepTitle:
            return "keep title";
        case kKeepPlace:
            return "keep place";
        case kLookAgain:
            return "look again";
        case kSettle:
            return "settle";
    }
    INVARIANT(false);
}

std::span<const Answer> answers() {
    return kAnswers;
}

const Answer& answer_for(ErrorCode code) {
    const auto* const found = std::ranges::find(kAnswers, code, &Answer::code);
    INVARIANT(found != kAnswers.end());
    return *found;
}

Step step_for(Deed deed, ErrorCode code) {
    return answer_for(code).steps.at(static_cast<std::size_t>(deed));
}

}  // namespace pagepress::worker
