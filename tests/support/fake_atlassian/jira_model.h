// Jira as a passive object: issues with fields and properties, and searches over them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "common/base/clock.h"
#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/jql.h"

namespace pagepress::test {

struct StoredIssue {
    std::int64_t id = 0;
    std::string key;
    std::int64_t number = 0;  ///< the part of the key after the dash
    UnixMillis created_at = 0;
    UnixMillis updated_at = 0;
    boost::json::object fields;
    std::map<std::string, boost::json::value, std::less<>> properties;
};

/// One page of a search.
struct IssuePage {
    std::vector<const StoredIssue*> issues;
    std::string next_page_token;  ///< empty on the last page
    std::size_t total = 0;        ///< issues that the search finds
};

struct IssueSearch {
    std::string jql;
    std::string next_page_token;
    std::int64_t results_max = 50;
    std::optional<std::int64_t> start = {};  ///< instead of a token
};

struct JiraSettings {
    std::size_t page_size_max = 100;  ///< the server may return fewer than asked for
};

/// One thread at a time.
class JiraModel {
public:
    explicit JiraModel(const Clock& clock) : clock_(clock) {}

    /// A new issue with the next key of its project. `fields` are in short or full form; what an
    /// issue always has (project, created, updated, status, issue type, summary) is filled in.
    const StoredIssue& add_issue(const std::string& project, const boost::json::object& fields);

    /// By numeric id or key in any case, former keys too; null if there is none.
    [[nodiscard]] const StoredIssue* find(std::string_view id_or_key) const;

    /// Sets fields (null clears one); `updated` always moves on.
    ApiResult<const StoredIssue*> edit(
        std::string_view id_or_key, const boost::json::object& fields
    );

    /// Gives an issue another key, as a move to another project does; the old one keeps working.
    ApiResult<const StoredIssue*> move(std::string_view id_or_key, const std::string& project);

    /// True if the property is new.
    ApiResult<bool> set_property(
        std::string_view id_or_key, const std::string& name, boost::json::value value
    );
    ApiResult<void> remove_property(std::string_view id_or_key, std::string_view name);

    /// Tokens are bound to the exact JQL.
    [[nodiscard]] ApiResult<IssuePage> search(const IssueSearch& search) const;

    [[nodiscard]] const std::map<std::int64_t, StoredIssue>& issues() const { return issues_; }

    JiraSettings settings;

private:
    ApiResult<StoredIssue*> find_or_refuse(std::string_view id_or_key);
    [[nodiscard]] ApiResult<void> check_values(const JqlClause& clause) const;
    std::string next_key(const std::string& project, StoredIssue& issue);
    void touch(StoredIssue& issue);

    const Clock& clock_;
    std::map<std::int64_t, StoredIssue> issues_;
    std::map<std::string, std::int64_t, std::less<>> id_by_key_;  ///< upper case, former ones too
    std::map<std::string, std::int64_t> last_number_;
    std::int64_t last_id_ = 10'000;
};

}  // namespace pagepress::test
