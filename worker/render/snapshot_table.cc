#include "worker/render/snapshot_table.h"

#include <algorithm>
#include <optional>

#include <fmt/format.h>

#include "common/json/json_value.h"
#include "worker/render/field_values.h"
#include "worker/render/jira_time.h"
#include "worker/render/storage_format.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

struct Column {
    FieldPath path;
    std::string label;
};

std::string label_of(const std::string& column, const FieldPath& path, const FieldNames& names) {
    const auto label = names.find(path.field);
    if (label != names.end() && path.member.empty()) return label->second;
    return path.field == "key" ? "Key" : column;
}

/// Columns that Jira knows; one whose field was deleted there is left out.
std::vector<Column> known_columns(
    const std::vector<std::string>& columns, const SearchResult& result
) {
    std::vector<Column> known;
    for (const std::string& column : columns) {
        auto path = resolve_field(column, result.names, result.issues);
        if (!path) continue;
        std::string label = label_of(column, *path, result.names);
        known.push_back({.path = *std::move(path), .label = std::move(label)});
    }
    return known;
}

/// Colour of Confluence's status macro. The category's key is the same on every site, its colour
/// name is what a category that Jira may add one day still has.
std::string_view colour_of(const json::value& status) {
    const json::value* category = find(status, "statusCategory");
    if (category == nullptr) return "Grey";
    const std::string key = string_at(*category, "key");
    if (key == "indeterminate") return "Blue";
    if (key == "done") return "Green";
    const std::string colour = string_at(*category, "colorName");
    if (colour == "green") return "Green";
    if (colour == "yellow") return "Yellow";
    if (colour == "warm-red" || colour == "red") return "Red";
    if (colour == "blue") return "Blue";
    if (colour == "purple") return "Purple";
    return "Grey";
}

bool is_status(const json::value& value) {
    return find(value, "statusCategory") != nullptr && !string_at(value, "name").empty();
}

std::string status_lozenge(const json::value& status) {
    return fmt::format(
        "<ac:structured-macro ac:name=\"status\" ac:schema-version=\"1\">"
        "<ac:parameter ac:name=\"title\">{}</ac:parameter>"
        "<ac:parameter ac:name=\"colour\">{}</ac:parameter></ac:structured-macro>",
        line_escaped(string_at(status, "name")),
        colour_of(status)
    );
}

std::string time_element(const JiraTime& time) {
    const std::string date = fmt::format("<time datetime=\"{}\" />", time.date);
    return time.clock.empty() ? date : fmt::format("{} {} UTC", date, time.clock);
}

/// Text that people write, which stays text even where it looks like a date.
bool is_free_text(std::string_view field) {
    return field == "summary" || field == "description" || field == "environment";
}

std::string cell(const Issue& issue, const FieldPath& path, std::string_view jira_url) {
    if (path.field == "key") {
        return fmt::format(
            "<a href=\"{}/browse/{}\">{}</a>",
            line_escaped(jira_url),
            line_escaped(issue.key),
            content_escaped(issue.key)
        );
    }
    const json::value* value = field_value(issue, path);
    if (value != nullptr && is_status(*value)) return status_lozenge(*value);
    if (value != nullptr && value->is_string() && !is_free_text(path.field)) {
        if (const auto time = parse_jira_time(value->get_string())) return time_element(*time);
    }
    return content_escaped(field_text(issue, path));
}

std::string table(
    const std::vector<Column>& columns, const SearchResult& result, std::string_view jira_url
) {
    std::string out = "<table><tbody><tr>";
    for (const Column& column : columns) {
        out.append("<th><p>").append(content_escaped(column.label)).append("</p></th>");
    }
    out.append("</tr>");
    for (const Issue& issue : result.issues) {
        out.append("<tr>");
        for (const Column& column : columns) {
            out.append("<td><p>").append(cell(issue, column.path, jira_url)).append("</p></td>");
        }
        out.append("</tr>");
    }
    out.append("</tbody></table>");
    return out;
}

}  // namespace

std::string render_snapshot_table(
    const SnapshotLevel& level,
    const SearchResult& result,
    std::string_view jira_url,
    UnixMillis taken_at
) {
    std::string out;
    if (!level.title.empty()) {
        out.append("<h3>").append(line_escaped(level.title)).append("</h3>");
    }
    if (result.issues.empty()) {
        out.append("<p>No issues matched.</p>");
    } else {
        std::vector<Column> columns = known_columns(level.columns, result);
        if (columns.empty()) columns = known_columns({"Key", "Summary"}, result);
        out.append(table(columns, result, jira_url));
    }
    const std::size_t count = result.issues.size();
    out.append(fmt::format(
        "<p>Taken at {} · {} {}</p>",
        text_of(jira_time_of(taken_at)),
        count,
        count == 1 ? "issue" : "issues"
    ));
    return out;
}

std::vector<std::string> fields_of_columns(const SnapshotLevel& level) {
    std::vector<std::string> fields{"summary"};
    for (const std::string& column : level.columns) {
        std::string field = field_to_request(column);
        if (field.empty()) return {"*all"};
        if (field == "key" || field == "id" || field == "number") continue;
        if (std::ranges::find(fields, field) == fields.end()) fields.push_back(std::move(field));
    }
    return fields;
}

}  // namespace pagepress::worker
