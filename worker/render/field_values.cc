#include "worker/render/field_values.h"

#include <algorithm>
#include <array>

namespace pagepress::worker {

namespace {

namespace json = boost::json;

struct NamedField {
    std::string_view name;
    std::string_view field;
    std::string_view member = "";
};

// Getters of com.atlassian.jira.issue.Issue without `get`, as AutoPage names its placeholders.
constexpr std::array kAutoPageNames{
    NamedField{"Key", "key"},
    NamedField{"Id", "id"},
    NamedField{"Number", "number"},
    NamedField{"Summary", "summary"},
    NamedField{"Description", "description"},
    NamedField{"Environment", "environment"},
    NamedField{"Assignee", "assignee"},
    NamedField{"AssigneeId", "assignee", "accountId"},
    NamedField{"Reporter", "reporter"},
    NamedField{"ReporterId", "reporter", "accountId"},
    NamedField{"Creator", "creator"},
    NamedField{"CreatorId", "creator", "accountId"},
    NamedField{"Created", "created"},
    NamedField{"Updated", "updated"},
    NamedField{"DueDate", "duedate"},
    NamedField{"ResolutionDate", "resolutiondate"},
    NamedField{"FixVersions", "fixVersions"},
    NamedField{"AffectedVersions", "versions"},
    NamedField{"ComponentObjects", "components"},
    NamedField{"Components", "components"},
    NamedField{"IssueTypeObject", "issuetype"},
    NamedField{"IssueType", "issuetype"},
    NamedField{"IssueTypeId", "issuetype", "id"},
    NamedField{"StatusObject", "status"},
    NamedField{"Status", "status"},
    NamedField{"StatusId", "status", "id"},
    NamedField{"PriorityObject", "priority"},
    NamedField{"Priority", "priority"},
    NamedField{"ResolutionObject", "resolution"},
    NamedField{"Resolution", "resolution"},
    NamedField{"ResolutionId", "resolution", "id"},
    NamedField{"Labels", "labels"},
    NamedField{"ProjectObject", "project"},
    NamedField{"ProjectId", "project", "id"},
    NamedField{"ParentObject", "parent"},
    NamedField{"ParentId", "parent", "id"},
    NamedField{"SubTaskObjects", "subtasks"},
    NamedField{"SecurityLevelId", "security", "id"},
    NamedField{"Votes", "votes"},
    NamedField{"Watches", "watches"},
};

// Field ids of Jira's own fields that no name above leads to.
constexpr std::array<std::string_view, 18> kOtherSystemFields{
    "aggregateprogress",
    "aggregatetimeestimate",
    "aggregatetimeoriginalestimate",
    "aggregatetimespent",
    "attachment",
    "comment",
    "issuelinks",
    "issuerestriction",
    "lastViewed",
    "progress",
    "security",
    "statuscategorychangedate",
    "timeestimate",
    "timeoriginalestimate",
    "timespent",
    "timetracking",
    "worklog",
    "workratio",
};

bool is_own_id(std::string_view field) {
    return field == "key" || field == "id" || field == "number";
}

bool holds_something(const json::value* value) {
    if (value == nullptr || value->is_null()) return false;
    return !value->is_array() || !value->get_array().empty();
}

bool is_held_by(std::span<const Issue> issues, const std::string& field) {
    return std::ranges::any_of(issues, [&](const Issue& issue) {
        return holds_something(issue.fields.if_contains(field));
    });
}

bool is_field_id(const std::string& name, const FieldNames& names, std::span<const Issue> issues) {
    return is_own_id(name) || names.contains(name) ||
           std::ranges::any_of(issues, [&](const Issue& issue) {
               return issue.fields.contains(name);
           });
}

std::string own_id(const Issue& issue, std::string_view field) {
    if (field == "id") return issue.id;
    if (field == "key") return issue.key;
    return issue.key.substr(issue.key.rfind('-') + 1);
}

}  // namespace

std::optional<FieldPath> resolve_field(
    std::string_view name, const FieldNames& names, std::span<const Issue> issues
) {
    const auto* known = std::ranges::find(kAutoPageNames, name, &NamedField::name);
    if (known != kAutoPageNames.end()) {
        return FieldPath{.field = std::string(known->field), .member = std::string(known->member)};
    }
    const std::string id(name);
    if (is_field_id(id, names, issues)) return FieldPath{.field = id, .member = {}};

    std::optional<FieldPath> labelled;
    for (const auto& [field, label] : names) {
        if (label != name) continue;
        if (!labelled) labelled = FieldPath{.field = field, .member = {}};
        if (is_held_by(issues, field)) return FieldPath{.field = field, .member = {}};
    }
    return labelled;
}

const json::value* field_value(const Issue& issue, const FieldPath& path) {
    const json::value* value = issue.fields.if_contains(path.field);
    if (value == nullptr || path.member.empty()) return value;
    if (!value->is_object()) return nullptr;
    const json::object& object = value->get_object();
    const json::value* const found = object.if_contains(path.member);
    // Data Center knows its users by keys.
    if (found == nullptr && path.member == "accountId") return object.if_contains("key");
    return found;
}

std::string field_text(const Issue& issue, const FieldPath& path) {
    if (is_own_id(path.field)) return own_id(issue, path.field);
    const json::value* value = field_value(issue, path);
    return value == nullptr ? std::string() : value_text(*value);
}

std::string field_to_request(std::string_view name) {
    const auto* known = std::ranges::find(kAutoPageNames, name, &NamedField::name);
    if (known != kAutoPageNames.end()) return std::string(known->field);
    const bool is_system_field =
        is_own_id(name) ||
        std::ranges::find(kAutoPageNames, name, &NamedField::field) != kAutoPageNames.end() ||
        std::ranges::find(kOtherSystemFields, name) != kOtherSystemFields.end();
    constexpr std::string_view kCustom = "customfield_";
    const bool is_custom_field =
        name.starts_with(kCustom) && name.size() > kCustom.size() &&
        name.find_first_not_of("0123456789", kCustom.size()) == std::string_view::npos;
    return is_system_field || is_custom_field ? std::string(name) : std::string();
}

}  // namespace pagepress::worker
