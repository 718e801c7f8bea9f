#include "common/catalog/event_documents.h"

#include <algorithm>
#include <array>
#include <utility>

#include "common/base/ascii.h"
#include "common/json/json_text.h"

namespace pagepress {

namespace {

namespace json = boost::json;

constexpr std::array<std::string_view, kJiraEventCount> kEventNames{
    "issue_created",
    "issue_updated",
    "issue_assigned",
    "issue_mentioned",
    "issue_commented",
    "sprint_created",
    "sprint_updated",
    "sprint_started",
    "sprint_closed",
    "version_created",
    "version_updated",
    "version_released",
};

/// Enough for every project of a large site, and still a search that Jira takes.
constexpr std::size_t kNamesMax = 100;
constexpr std::size_t kNameBytesMax = 255;

std::string all_event_names() {
    std::string text;
    for (const std::string_view name : kEventNames) {
        if (!text.empty()) text.append(", ");
        text.append(name);
    }
    return text;
}

bool is_project_key(std::string_view text) {
    return is_letter(text.front()) && std::ranges::all_of(text, [](char c) {
               return is_letter(c) || is_digit(c) || c == '_';
           });
}

/// Items of the optional list `name`, each a text that `list` has not held before.
std::vector<std::string> read_names(
    std::string_view name,
    DocumentReader& reader,
    std::vector<Problem>& problems,
    std::size_t count_max
) {
    std::vector<std::string> names;
    const json::value* value = reader.member(name, Presence::kOptional);
    if (value == nullptr) return names;
    const json::array* list = value->if_array();
    if (list == nullptr || list->empty() || list->size() > count_max) {
        reader.report(name, "must be a list of 1 to " + std::to_string(count_max) + " items");
        return names;
    }
    for (std::size_t i = 0; i < list->size(); ++i) {
        const std::string path = reader.path_of(name) + "[" + std::to_string(i) + "]";
        std::string item = read_text(path, (*list)[i], {.bytes_max = kNameBytesMax}, problems);
        if (!item.empty() && std::ranges::find(names, item) != names.end()) {
            problems.push_back({.field = path, .message = "repeats an earlier item"});
        }
        names.push_back(std::move(item));
    }
    return names;
}

void read_events(Rule& rule, DocumentReader& reader, std::vector<Problem>& problems) {
    const auto words = read_names("events", reader, problems, kJiraEventCount);
    for (std::size_t i = 0; i < words.size(); ++i) {
        if (words[i].empty()) continue;  // reported already
        const auto* const found = std::ranges::find(kEventNames, words[i]);
        if (found != kEventNames.end()) {
            rule.events.push_back(static_cast<JiraEvent>(found - kEventNames.begin()));
            continue;
        }
        std::string message = "is ";
        append_json_string(message, words[i].substr(0, 80));
        message += "; allowed is: " + all_event_names();
        problems.push_back(
            {.field = "events[" + std::to_string(i) + "]", .message = std::move(message)}
        );
    }
}

void read_condition(Rule& rule, const json::value& value, std::vector<Problem>& problems) {
    DocumentReader reader("condition", value, problems);
    EventCondition& condition = rule.condition;
    condition.projects = read_names("projects", reader, problems, kNamesMax);
    for (std::size_t i = 0; i < condition.projects.size(); ++i) {
        std::string& key = condition.projects[i];
        if (!key.empty() && !is_project_key(key)) {
            problems.push_back(
                {.field = "condition.projects[" + std::to_string(i) + "]",
                 .message = "must be the key of a Jira project: a letter, then letters, digits "
                            "and '_'"}
            );
        }
        key = upper_cased(key);
    }
    condition.issue_types = read_names("issue_types", reader, problems, kNamesMax);
    condition.changed_fields = read_names("changed_fields", reader, problems, kNamesMax);
    const bool hears_updates =
        std::ranges::find(rule.events, JiraEvent::kIssueUpdated) != rule.events.end();
    if (!condition.changed_fields.empty() && !hears_updates) {
        reader.report("changed_fields", "asks for issue_updated among the events");
    }
    reader.finish();
}

}  // namespace

std::string_view name_of(JiraEvent event) {
    return kEventNames[static_cast<std::size_t>(event)];
}

void read_rule_events(Rule& rule, DocumentReader& reader, std::vector<Problem>& problems) {
    read_events(rule, reader, problems);
    const json::value* condition = reader.member("condition", Presence::kOptional);
    if (condition == nullptr) return;
    if (reader.member("events", Presence::kOptional) == nullptr) {
        reader.report("condition", "says which events fire the rule, and there are no events");
    }
    read_condition(rule, *condition, problems);
}

}  // namespace pagepress
