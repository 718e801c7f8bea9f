#include "tests/support/fake_atlassian/jira_fields.h"

#include <string>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "common/base/digest.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::string_view kApi = "https://example.atlassian.net/rest/api/3";

constexpr JiraField kFields[] = {
    {"summary", "Summary", "string", ""},
    {"description", "Description", "string", ""},
    {"environment", "Environment", "string", ""},
    {"issuetype", "Issue Type", "issuetype", ""},
    {"project", "Project", "project", ""},
    {"status", "Status", "status", ""},
    {"resolution", "Resolution", "resolution", ""},
    {"resolutiondate", "Resolved", "datetime", ""},
    {"priority", "Priority", "priority", ""},
    {"assignee", "Assignee", "user", ""},
    {"reporter", "Reporter", "user", ""},
    {"creator", "Creator", "user", ""},
    {"created", "Created", "datetime", ""},
    {"updated", "Updated", "datetime", ""},
    {"duedate", "Due date", "date", ""},
    {"labels", "Labels", "array", ""},
    {"components", "Components", "array", ""},
    {"fixVersions", "Fix versions", "array", ""},
    {"versions", "Affects versions", "array", ""},
    {"parent", "Parent", "issuelink", ""},
    {"subtasks", "Sub-tasks", "array", ""},
    {"issuelinks", "Linked Issues", "array", ""},
    {"comment", "Comment", "comments-page", ""},
    {"worklog", "Log Work", "array", ""},
    {"attachment", "Attachment", "array", ""},
    {"timetracking", "Time tracking", "timetracking", ""},
    {"timeestimate", "Remaining Estimate", "number", ""},
    {"timespent", "Time Spent", "number", ""},
    {"progress", "Progress", "progress", ""},
    {"votes", "Votes", "votes", ""},
    {"watches", "Watchers", "watches", ""},
    {"security", "Security Level", "securitylevel", ""},
    {"customfield_10000", "Development", "any", "devsummarycf"},
    {"customfield_10001", "Team", "team", "atlassian-team"},
    {"customfield_10014", "Epic Link", "any", "gh-epic-link"},
    {"customfield_10016", "Story point estimate", "number", "jsw-story-points"},
    {"customfield_10019", "Rank", "any", "gh-lexo-rank"},
    {"customfield_10020", "Sprint", "array", "gh-sprint"},
    {"customfield_10021", "Flagged", "array", "multicheckboxes"},
    {"customfield_10030", "Text (single line)", "string", "textfield"},
    {"customfield_10031", "Paragraph", "string", "textarea"},
    {"customfield_10032", "Number", "number", "float"},
    {"customfield_10033", "Date", "date", "datepicker"},
    {"customfield_10034", "Date time", "datetime", "datetime"},
    {"customfield_10035", "Select", "option", "select"},
    {"customfield_10036", "Multi select", "array", "multiselect"},
    {"customfield_10037", "Checkboxes", "array", "multicheckboxes"},
    {"customfield_10038", "Radio", "option", "radiobuttons"},
    {"customfield_10039", "Cascading", "option-with-child", "cascadingselect"},
    {"customfield_10040", "Cascading parent only", "option-with-child", "cascadingselect"},
    {"customfield_10041", "User", "user", "userpicker"},
    {"customfield_10042", "Users", "array", "multiuserpicker"},
    {"customfield_10043", "Group", "group", "grouppicker"},
    {"customfield_10044", "Groups", "array", "multigrouppicker"},
    {"customfield_10045", "Version", "version", "version"},
    {"customfield_10046", "Versions", "array", "multiversion"},
    {"customfield_10047", "Project picker", "project", "project"},
    {"customfield_10048", "URL", "string", "url"},
    {"customfield_10049", "Custom labels", "array", "labels"},
    {"customfield_10050", "Read-only text", "string", "readonlyfield"},
    {"customfield_10051", "Import id", "number", "importid"},
    {"customfield_10052", "Organizations", "array", "sd-customer-organizations"},
    {"customfield_10053", "Request Type", "sd-customerrequesttype", "vp-origin"},
    {"customfield_10054", "Time to first response", "sd-servicelevelagreement", "sd-sla-field"},
    {"customfield_10098", "Empty array", "array", "labels"},
    {"customfield_10099", "Null", "string", "textfield"},
};

/// A small number that stays the same for the same text.
unsigned number_of(std::string_view text) {
    const Sha256 digest = sha256(text);
    return 10'000U + digest[0] * 256U % 9'000U + digest[1];
}

std::string self_of(std::string_view kind, std::string_view id) {
    return fmt::format("{}/{}/{}", kApi, kind, id);
}

}  // namespace

std::span<const JiraField> jira_fields() {
    return kFields;
}

std::string_view name_of_field(std::string_view id) {
    for (const JiraField& field : kFields) {
        if (field.id == id) return field.name;
    }
    return id;
}

json::object schema_of_field(std::string_view id) {
    for (const JiraField& field : kFields) {
        if (field.id != id) continue;
        if (field.custom.empty()) return {{"type", field.type}, {"system", field.id}};
        return {
            {"type", field.type},
            {"custom",
             fmt::format("com.atlassian.jira.plugin.system.customfieldtypes:{}", field.custom)},
            {"customId", std::stoll(std::string(id.substr(id.find('_') + 1)))}};
    }
    return {{"type", "any"}};
}

json::object user_value(std::string_view name) {
    const std::string account = fmt::format("712020:0000-{}", number_of(name));
    return {
        {"self", fmt::format("{}/user?accountId={}", kApi, account)},
        {"accountId", account},
        {"avatarUrls", json::object{{"48x48", "https://avatar.example/48"}}},
        {"displayName", name},
        {"active", true},
        {"timeZone", "Europe/Berlin"},
        {"accountType", "atlassian"}};
}

json::object status_value(std::string_view name) {
    struct Category {
        int id;
        std::string_view key, color, name;
    };

    Category category{4, "indeterminate", "yellow", "In Progress"};
    if (name == "Done" || name == "Closed") category = {3, "done", "green", "Done"};
    if (name == "To Do" || name == "Open" || name == "Backlog") {
        category = {2, "new", "blue-gray", "To Do"};
    }
    const std::string id = std::to_string(number_of(name));
    return {
        {"self", self_of("status", id)},
        {"description", ""},
        {"iconUrl", "https://example.atlassian.net/"},
        {"name", name},
        {"id", id},
        {"statusCategory",
         json::object{
             {"self", self_of("statuscategory", std::to_string(category.id))},
             {"id", category.id},
             {"key", category.key},
             {"colorName", category.color},
             {"name", category.name}}}};
}

json::object issue_type_value(std::string_view name) {
    const std::string id = std::to_string(number_of(name));
    return {
        {"self", self_of("issuetype", id)},
        {"id", id},
        {"description", ""},
        {"iconUrl", "https://example.atlassian.net/x.png"},
        {"name", name},
        {"subtask", name == "Sub-task"},
        {"hierarchyLevel", name == "Epic" ? 1 : 0}};
}

json::object priority_value(std::string_view name) {
    const std::string id = std::to_string(number_of(name));
    return {{"self", self_of("priority", id)}, {"iconUrl", ""}, {"name", name}, {"id", id}};
}

json::object option_value(std::string_view id, std::string_view text) {
    return {{"self", self_of("customFieldOption", id)}, {"value", text}, {"id", id}};
}

json::object version_value(std::string_view id, std::string_view name) {
    return {
        {"self", self_of("version", id)},
        {"id", id},
        {"name", name},
        {"archived", false},
        {"released", false}};
}

json::object adf_value(std::string_view text) {
    json::array paragraphs;
    while (true) {
        const std::size_t end = text.find('\n');
        json::array content;
        if (!text.substr(0, end).empty()) {
            content.push_back(json::object{{"type", "text"}, {"text", text.substr(0, end)}});
        }
        paragraphs.push_back(json::object{{"type", "paragraph"}, {"content", std::move(content)}});
        if (end == std::string_view::npos) break;
        text.remove_prefix(end + 1);
    }
    return {{"type", "doc"}, {"version", 1}, {"content", std::move(paragraphs)}};
}

json::value full_value(std::string_view field, const json::value& given) {
    const json::string* text = given.if_string();
    if (text == nullptr) return given;
    const std::string_view name(text->data(), text->size());
    if (field == "status") return status_value(name);
    if (field == "issuetype") return issue_type_value(name);
    if (field == "priority") return priority_value(name);
    if (field == "assignee" || field == "reporter" || field == "customfield_10041") {
        return user_value(name);
    }
    if (field == "description" || field == "environment" || field == "customfield_10031") {
        return adf_value(name);
    }
    return given;
}

}  // namespace pagepress::test
