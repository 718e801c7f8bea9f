// Port to Jira: issues, their properties, and searches.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "common/base/error.h"

namespace pagepress::worker {

/// Field ids and the labels people see (`customfield_10010` → `Story Points`).
using FieldNames = std::map<std::string, std::string, std::less<>>;

struct Issue {
    std::string id;   ///< numeric
    std::string key;  ///< `PROJ-42`; may differ from the key that was asked for (moved issues)
    boost::json::object fields;      ///< by field id, as Jira sent them
    boost::json::object properties;  ///< issue properties that were asked for and exist
    FieldNames names;                ///< labels of `fields`
};

struct SearchResult {
    std::vector<Issue> issues;  ///< without names and properties
    FieldNames names;
};

/// Blocking; used by one executor thread at a time. Every method can also fail with kUnavailable,
/// kRateLimited, kCredentialsRejected, kForbidden, kCorrupt or kCancelled.
class Jira {
public:
    virtual ~Jira() = default;

    /// All fields of an issue, by numeric id or key.
    /// @param property  issue property to fetch in the same call; empty for none
    /// @errors  kNotFound  no such issue, or hidden from our account
    virtual Result<Issue> issue(const std::string& id_or_key, const std::string& property) = 0;

    /// Sets an issue property; idempotent. `value` is JSON text.
    /// @errors  kNotFound, kUnknownOutcome
    virtual Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) = 0;

    /// All issues that match, in the order Jira gives them, over all pages of the answer.
    /// @errors  kInvalidInput  Jira refuses the JQL; its own words
    ///          kTooLarge      more than `issues_max`
    virtual Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) = 0;

    /// Numeric ids of all issues that match, in the order Jira gives them.
    /// @errors  kInvalidInput, kTooLarge, as `search`
    virtual Result<std::vector<std::string>> search_ids(
        const std::string& jql, std::size_t issues_max
    ) = 0;

    /// Proves that our credentials are good: an empty search result alone does not.
    /// @errors  kCredentialsRejected
    virtual Result<void> myself() = 0;
};

}  // namespace pagepress::worker
