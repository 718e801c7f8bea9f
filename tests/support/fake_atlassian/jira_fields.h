// Jira's field table and the shapes of its values.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

namespace pagepress::test {

struct JiraField {
    std::string_view id;
    std::string_view name;
    std::string_view type;
    std::string_view custom;  ///< type of a custom field's plugin; empty for system fields
};

/// All fields the fake knows.
[[nodiscard]] std::span<const JiraField> jira_fields();

/// Label of a field; the id itself if it is unknown.
[[nodiscard]] std::string_view name_of_field(std::string_view id);

/// A field's schema as `expand=schema` gives it.
[[nodiscard]] boost::json::object schema_of_field(std::string_view id);

[[nodiscard]] boost::json::object user_value(std::string_view name);
[[nodiscard]] boost::json::object status_value(std::string_view name);
[[nodiscard]] boost::json::object issue_type_value(std::string_view name);
[[nodiscard]] boost::json::object priority_value(std::string_view name);
[[nodiscard]] boost::json::object option_value(std::string_view id, std::string_view text);
[[nodiscard]] boost::json::object version_value(std::string_view id, std::string_view name);
/// An ADF document of one paragraph per line.
[[nodiscard]] boost::json::object adf_value(std::string_view text);

/// What an edit may give for a field in short form, as the value Jira would show: a status, issue
/// type, priority or user by name, rich text as plain text. Everything else stays as it is.
[[nodiscard]] boost::json::value full_value(
    std::string_view field, const boost::json::value& given
);

}  // namespace pagepress::test
