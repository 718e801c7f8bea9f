// Catalog entries as JSON documents: the form of the admin API, of YAML files and of Kafka records.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "common/catalog/catalog.h"
#include "common/catalog/model.h"

namespace pagepress {

/// One thing that is wrong with a document: where, what, and what is allowed there.
struct Problem {
    std::string field;  ///< JSON path as a person writes it: `levels[0].jql`
    std::string message;
    /// The member is not known: a person's mistake, but no reason for a reader of the topic to do
    /// without the entry, since a newer ingress may have written it.
    bool is_unknown_member = false;
};

/// Checks a document of `kind` and reads it. Every problem is reported, unknown members included.
/// `id` is the entry's id; a document that names another one is a problem.
template <typename T>
struct Checked {
    T value;
    std::vector<Problem> problems;
};

[[nodiscard]] Checked<Site> read_site(std::string_view id, const boost::json::value& document);
[[nodiscard]] Checked<Rule> read_rule(std::string_view id, const boost::json::value& document);
[[nodiscard]] Checked<Snapshot> read_snapshot(
    std::string_view id, const boost::json::value& document
);
[[nodiscard]] Checked<Schedule> read_schedule(
    std::string_view id, const boost::json::value& document
);
[[nodiscard]] Checked<ApiKey> read_api_key(std::string_view id, const boost::json::value& document);

/// Word of an event in documents: `issue_created`.
[[nodiscard]] std::string_view name_of(JiraEvent event);

/// Word of a scope in documents: `rule`, `snapshot`, `site`.
[[nodiscard]] std::string_view name_of(ApiKey::Scope scope);

/// JSON document of a key, as kept on the catalog topic.
[[nodiscard]] std::string write_api_key(const ApiKey& key);

/// Whether `id` can name an entry: 1..64 of A–Z a–z 0–9 `.` `_` `-`, beginning with a letter or
/// digit.
[[nodiscard]] bool is_entry_id(std::string_view id);

}  // namespace pagepress
