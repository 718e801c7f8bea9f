// Names in templates and columns, and what an issue holds for them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "worker/jira/jira.h"

namespace pagepress::worker {

/// What a name stands for: a field, or one member of it (`ParentId` is `id` of `parent`). The ids
/// `key`, `id` and `number` are no fields of Jira's but stand for the issue's own.
struct FieldPath {
    std::string field;
    std::string member;
};

/// What `name` stands for; none if no such field is known. Case-sensitive, in this order:
///  1. AutoPage's names, the getters of Jira's Java `Issue` (`Key`, `FixVersions`, `StatusObject`):
///     always known, also where the issue has no such field;
///  2. field ids (`summary`, `customfield_10010`) that `names` or an issue has;
///  3. labels in `names` (`Story Points`); of several fields with one label the first that holds
///     something in one of `issues`.
[[nodiscard]] std::optional<FieldPath> resolve_field(
    std::string_view name, const FieldNames& names, std::span<const Issue> issues
);

/// The JSON value of a field; null where the issue has none, and for the issue's own ids.
[[nodiscard]] const boost::json::value* field_value(const Issue& issue, const FieldPath& path);

/// The text of a field; empty for a value that is null, an empty array or absent.
[[nodiscard]] std::string field_text(const Issue& issue, const FieldPath& path);

/// Any value of a Jira field as text: users, options, versions and the like by their name, arrays
/// joined by ", ", instants in UTC, documents as plain text. What is not known becomes JSON text
/// rather than nothing.
[[nodiscard]] std::string value_text(const boost::json::value& value);

/// The id to ask Jira for so that a column named `name` can be shown; empty if only the labels can
/// tell (then all fields are needed).
[[nodiscard]] std::string field_to_request(std::string_view name);

}  // namespace pagepress::worker
