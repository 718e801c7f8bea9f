// Jira's REST API version 3 over the model, for a caller whose credentials were judged already.
#pragma once

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/jira_model.h"

namespace pagepress::test {

/// As whom a request is served.
enum class Caller {
    kAccount,    ///< accepted credentials
    kAnonymous,  ///< none, or refused ones: Jira answers what anybody may see, which is nothing
};

/// Answers `/rest/api/3/…`.
[[nodiscard]] ApiAnswer answer_jira(JiraModel& jira, const ApiRequest& request, Caller caller);

}  // namespace pagepress::test
