// Jira's REST API version 3 over the model, for a caller whose credentials were judged already.
#pragma once

#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/jira_model.h"

namespace pagepress::test {

/// As whom a request is served.
enum class Caller {
    kAccount,    ///< accepted credentials
    kAnonymous,  ///< none, or refused ones: Jira answers what anybody may see, which is nothing
};

/// What to show of issues.
struct IssueView {
    std::vector<std::string> fields;
    std::vector<std::string> properties;
    std::vector<std::string> expand;
};

/// `issues`, with `names` and `schema` where they are asked for.
[[nodiscard]] boost::json::object issues_json(
    const std::vector<const StoredIssue*>& issues, const IssueView& view
);

/// Answers `/rest/api/3/…`.
[[nodiscard]] ApiAnswer answer_jira(JiraModel& jira, const ApiRequest& request, Caller caller);

}  // namespace pagepress::test
