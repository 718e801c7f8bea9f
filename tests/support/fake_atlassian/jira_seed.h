// Issues of varied content in all field types, the same in every run.
#pragma once

#include <string>

#include <boost/json/object.hpp>

#include "tests/support/fake_atlassian/jira_model.h"

namespace pagepress::test {

/// Fields of the `number`-th issue (from 1) of a seeded project.
[[nodiscard]] boost::json::object seed_fields(const std::string& project, int number);

/// Adds issues PROJECT-1 … PROJECT-`count`.
void seed_issues(JiraModel& jira, const std::string& project, int count);

}  // namespace pagepress::test
