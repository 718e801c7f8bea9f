// Jira Data Center's REST API v2 over the model, for a caller whose credentials were judged
// already.
#pragma once

#include <boost/json/value.hpp>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/jira_api.h"
#include "tests/support/fake_atlassian/jira_model.h"

namespace pagepress::test {

/// Answers `/rest/api/2/…`.
[[nodiscard]] ApiAnswer answer_data_center_jira(
    JiraModel& jira, const ApiRequest& request, Caller caller
);

/// What Cloud says, as Data Center says it: users by name and key, rich text as wiki text, sprints
/// as the text of a Java object.
[[nodiscard]] boost::json::value as_data_center(const boost::json::value& value);

}  // namespace pagepress::test
