#include "worker/press/outcome.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

Decision decide_first(ErrorCode code) {
    return decide({.code = code, .message = "x"}, 1, 3);
}

}  // namespace

TEST_CASE("Permanent errors are dead at once", "[outcome]") {
    for (const ErrorCode code :
         {ErrorCode::kInvalidInput,
          ErrorCode::kTooLarge,
          ErrorCode::kNotFound,
          ErrorCode::kForbidden,
          ErrorCode::kTitleTaken}) {
        CHECK(decide_first(code).verdict == Verdict::kDead);
    }
}

TEST_CASE(
    "Transient and unknown errors are tried again until the attempts are spent", "[outcome]"
) {
    for (const ErrorCode code :
         {ErrorCode::kConflict,
          ErrorCode::kUnavailable,
          ErrorCode::kCorrupt,
          ErrorCode::kUnknownOutcome}) {
        CHECK(decide({.code = code, .message = ""}, 2, 3).verdict == Verdict::kRetry);
        CHECK(decide({.code = code, .message = ""}, 3, 3).verdict == Verdict::kDead);
    }
}

TEST_CASE("What is not the job's fault never spends its attempts", "[outcome]") {
    for (const ErrorCode code :
         {ErrorCode::kCredentialsRejected,
          ErrorCode::kRateLimited,
          ErrorCode::kNotYet,
          ErrorCode::kOverloaded,
          ErrorCode::kCancelled}) {
        CHECK(decide({.code = code, .message = ""}, 1000, 3).verdict == Verdict::kSnooze);
    }
    CHECK(decide_first(ErrorCode::kCredentialsRejected).gate == GateEffect::kCredentials);
    CHECK(decide_first(ErrorCode::kRateLimited).gate == GateEffect::kWaitAsAsked);
}
