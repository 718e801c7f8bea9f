// The one table that folds an HTTP answer of Confluence or Jira into an error.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/http_client/http_client.h"

namespace pagepress::worker {

enum class CallKind {
    kRead,   ///< changes nothing, whatever its method
    kWrite,  ///< a failure whose effect cannot be known is kUnknownOutcome
};

/// Why an answer is no success.
struct AnswerFault {
    Error error;
    /// Atlassian answers 403 and 404 also to credentials that it no longer accepts, so a probe of
    /// the credentials must decide between `error` and kCredentialsRejected.
    bool doubts_credentials = false;
};

/// Fault of an answer, or empty if it is a success whose body may be used.
///
/// @param what  the call in words, for the message (`PUT /api/v2/pages/7`)
/// @param now   wall-clock time, for waits that are stated as a date
[[nodiscard]] std::optional<AnswerFault> fault_of(
    const HttpAnswer& answer, CallKind kind, const std::string& what, UnixMillis now
);

}  // namespace pagepress::worker
