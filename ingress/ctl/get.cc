// `get`: what the server has, as a table, as files that `apply` takes, or as JSON.
#include <array>
#include <ostream>
#include <string_view>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/session.h"
#include "ingress/ctl/table.h"

namespace pagepress::ctl {

namespace {

namespace json = boost::json;

struct ResourceRow {
    Resource resource;
    std::string_view kind;     ///< of entries in files; empty: not of the catalog's files
    std::string_view path;     ///< behind /admin/v1/
    std::string_view columns;  ///< members, split by spaces, dots for nested ones; empty: no list
};

constexpr std::array kResources{
    ResourceRow{Resource::kSites, "site", "sites", "enabled jira_url confluence_url auth"},
    ResourceRow{Resource::kRules, "rule", "rules", "site enabled name page.space page.title"},
    ResourceRow{Resource::kSnapshots, "snapshot", "snapshots", "site enabled name page"},
    ResourceRow{
        Resource::kSchedules, "schedule", "schedules", "site enabled name cron every time_zone"},
    ResourceRow{
        Resource::kKeys, "", "keys", "scope subject name state expires last_used created_by"},
    ResourceRow{Resource::kJobs, "", "jobs", ""},
    ResourceRow{Resource::kBatches, "", "batches", ""},
    ResourceRow{Resource::kDeadLetters, "", "dead-letters", ""},
};

const ResourceRow& row_of(Resource resource) {
    return kResources[static_cast<std::size_t>(resource)];
}

/// An entry in the form of a file that `apply` takes: kind and id on top. Others as they are.
json::value shown_form(const ResourceRow& row, const ListedEntry& entry) {
    json::object form;
    if (!row.kind.empty()) form.emplace("kind", row.kind);
    form.emplace("id", entry.id);
    if (const json::object* document = entry.document.if_object()) {
        for (const auto& [name, value] : *document) form.emplace(name, value);
    }
    // Documents of entries go back to the server as they came.
    return row.kind.empty() ? with_iso_times(form) : json::value(form);
}

std::string cell_of(const json::value& document, std::string_view path) {
    const json::value* value = &document;
    while (value != nullptr && !path.empty()) {
        const std::size_t dot = std::min(path.find('.'), path.size());
        value = find(*value, path.substr(0, dot));
        path.remove_prefix(std::min(dot + 1, path.size()));
    }
    if (value == nullptr || value->is_null()) return {};
    if (const json::string* text = value->if_string()) return {text->data(), text->size()};
    return json::serialize(*value);
}

std::vector<std::string_view> words_of(std::string_view text) {
    std::vector<std::string_view> words;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find(' '), text.size());
        words.push_back(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return words;
}

std::string upper_cased(std::string_view path) {
    std::string text(path.substr(path.rfind('.') + 1));
    for (char& c : text) {
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    }
    return text;
}

std::string table_text(const ResourceRow& row, const std::vector<ListedEntry>& entries) {
    const auto columns = words_of(row.columns);
    std::vector<std::string> names{"ID"};
    for (const std::string_view column : columns) names.push_back(upper_cased(column));
    Table table(std::move(names));
    for (const ListedEntry& entry : entries) {
        std::vector<std::string> cells{entry.id};
        for (const std::string_view column : columns) {
            std::string cell = cell_of(entry.document, column);
            // What is not switched off is on.
            if (column == "enabled" && cell.empty()) cell = "true";
            cells.push_back(std::move(cell));
        }
        table.add(cells);
    }
    return table.text();
}

std::string all_as_text(
    const ResourceRow& row, const std::vector<ListedEntry>& entries, OutputFormat format
) {
    if (format == OutputFormat::kTable) return table_text(row, entries);
    if (format == OutputFormat::kJson) {
        json::array array;
        for (const ListedEntry& entry : entries) array.push_back(shown_form(row, entry));
        return to_text(array, format);
    }
    std::string text;
    for (const ListedEntry& entry : entries) {
        if (!text.empty()) text += "---\n";
        text += to_text(shown_form(row, entry), format);
    }
    return text;
}

int get_one(const GetCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const ResourceRow& row = row_of(command.resource);
    const std::string path = "/admin/v1/" + std::string(row.path) + "/";
    const auto answer = api.get(path + percent_encoded(command.id));
    if (!is_success(surroundings, answer)) return kExitFailed;
    const OutputFormat format = command.format.value_or(OutputFormat::kYaml);
    const json::value* const document = find(answer->body, "document");
    if (document == nullptr) {  // a job, a batch, a dead letter
        surroundings.out << to_text(with_iso_times(answer->body), format);
        return kExitOk;
    }
    const ListedEntry entry{.id = command.id, .document = *document};
    surroundings.out
        << (format == OutputFormat::kTable ? table_text(row, {entry})
                                           : to_text(shown_form(row, entry), format));
    return kExitOk;
}

int get_all(const GetCommand& command, AdminApi& api, const Surroundings& surroundings) {
    const ResourceRow& row = row_of(command.resource);
    const auto entries = api.list(row.path);
    if (!entries) return report(surroundings, kExitFailed, entries.error().message);
    const OutputFormat format = command.format.value_or(OutputFormat::kTable);
    surroundings.out << all_as_text(row, *entries, format);
    return kExitOk;
}

}  // namespace

int run_get(const GetCommand& command, const Surroundings& surroundings) {
    if (command.resource == Resource::kDeadLetters && command.id.empty()) {
        return run_list_dead(
            {.filter = {}, .format = command.format.value_or(OutputFormat::kTable)}, surroundings
        );
    }
    const ResourceRow& row = row_of(command.resource);
    if (command.id.empty() && row.columns.empty()) {
        return report(
            surroundings,
            kExitBadInput,
            std::string(row.path) +
                " are shown one by one: give the id; what became of many is in " + "'audit tail'"
        );
    }
    return with_admin_api(surroundings, [&](AdminApi& api) {
        return command.id.empty() ? get_all(command, api, surroundings)
                                  : get_one(command, api, surroundings);
    });
}

}  // namespace pagepress::ctl
