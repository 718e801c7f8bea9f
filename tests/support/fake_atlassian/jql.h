// The part of JQL that tests and the demo use; everything else is refused in Jira's words.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/fake_atlassian/api.h"

namespace pagepress::test {

/// `field = value`, `field != value`, `field in (…)`, `field not in (…)`.
struct JqlClause {
    std::string field;  ///< canonical: project, key, id, status, issuetype, labels
    bool negated = false;
    std::vector<std::string> values = {};
};

struct JqlOrder {
    std::string field;  ///< canonical: key, created, updated
    bool descending = false;
};

/// All clauses must hold.
struct JqlQuery {
    std::vector<JqlClause> clauses;
    std::vector<JqlOrder> order;
};

/// Errors are Jira's 400 texts, with line and character where Jira gives them.
[[nodiscard]] ApiResult<JqlQuery> parse_jql(std::string_view text);

}  // namespace pagepress::test
