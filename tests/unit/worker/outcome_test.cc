#include "worker/press/outcome.h"

#include "tests/support/catch.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

const std::string kJobId(32, 'a');

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

TEST_CASE("A stamp survives its version message", "[stamp]") {
    const Stamp stamp{.page_key = "acme/rule/release/10042", .job_id = kJobId};
    CHECK(to_version_message(stamp) == "pagepress page=acme/rule/release/10042 job=" + kJobId);
    CHECK(stamp_from_version_message(to_version_message(stamp)) == stamp);
}

TEST_CASE("A person's message is no stamp", "[stamp]") {
    for (const std::string message :
         {"", "pagepress", "pagepress page=a", "pagepress page=a job=xyz", "fixed a typo"}) {
        CHECK_FALSE(stamp_from_version_message(message));
    }
}

TEST_CASE("The anchor of a created page is found among attributes Confluence adds", "[stamp]") {
    const Stamp stamp{.page_key = "acme/rule/r/1", .job_id = kJobId};
    CHECK(stamp_from_body("<p>x</p>" + to_anchor(stamp)) == stamp);
    const std::string rewritten =
        R"(<p>x</p><p local-id="1"><ac:structured-macro ac:name="anchor" ac:schema-version="1">)"
        R"(<ac:parameter ac:name="">pagepress:acme/rule/r/1:)" +
        kJobId + "</ac:parameter></ac:structured-macro></p>";
    CHECK(stamp_from_body(rewritten) == stamp);
}

TEST_CASE("Text of an issue cannot forge an anchor", "[stamp]") {
    CHECK_FALSE(stamp_from_body("<p>pagepress:acme/rule/r/1:" + kJobId + "</p>"));
}
