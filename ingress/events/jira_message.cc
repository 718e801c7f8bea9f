#include "ingress/events/jira_message.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

#include "common/base/ascii.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "ingress/events/mentions.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

const json::value kNothing;

const json::value& at(const json::value& value, std::initializer_list<std::string_view> path) {
    const json::value* found = find_path(value, path);
    return found == nullptr ? kNothing : *found;
}

/// Sprints and versions: what is sent, what it is to a rule, and how its issues are found.
struct ContainerEvent {
    std::string_view name;
    JiraEvent event;
    std::string_view member;
    std::string_view jql;
};

constexpr std::array<ContainerEvent, 7> kContainerEvents{{
    {"sprint_created", JiraEvent::kSprintCreated, "sprint", "sprint = "},
    {"sprint_updated", JiraEvent::kSprintUpdated, "sprint", "sprint = "},
    {"sprint_started", JiraEvent::kSprintStarted, "sprint", "sprint = "},
    {"sprint_closed", JiraEvent::kSprintClosed, "sprint", "sprint = "},
    {"jira:version_created", JiraEvent::kVersionCreated, "version", "fixVersion = "},
    {"jira:version_updated", JiraEvent::kVersionUpdated, "version", "fixVersion = "},
    {"jira:version_released", JiraEvent::kVersionReleased, "version", "fixVersion = "},
}};

void add_actor(const json::value& person, JiraMessage& message) {
    for (const std::string_view member : {"accountId", "key", "name"}) {
        std::string id = string_at(person, member);
        if (!id.empty()) message.actor.push_back(std::move(id));
    }
}

void add_text(std::string text, std::vector<std::string>& texts) {
    if (!text.empty()) texts.push_back(std::move(text));
}

/// The parts of `changelog.items` that matter.
struct Changes {
    bool has_items = false;
    bool is_only_links = true;
    bool is_assigned = false;
    bool is_mentioned = false;
};

/// Whether the new text mentions somebody whom the old one does not.
bool mentions_somebody_new(const json::value& item) {
    const auto before = mentions_in(at(item, {"fromString"}));
    const auto after = mentions_in(at(item, {"toString"}));
    return std::ranges::any_of(after, [&](const std::string& id) { return !before.contains(id); });
}

Changes read_changes(const json::value& body, JiraMessage& message) {
    Changes changes;
    const json::array* items = at(body, {"changelog", "items"}).if_array();
    if (items == nullptr) return changes;
    for (const json::value& item : *items) {
        const std::string field = string_at(item, "field");
        changes.has_items = true;
        changes.is_only_links = changes.is_only_links && field == "RemoteIssueLink";
        if (field == "assignee" && !string_at(item, "to").empty()) changes.is_assigned = true;
        if (field == "description" && mentions_somebody_new(item)) changes.is_mentioned = true;
        add_text(field, message.changed_fields);
        add_text(string_at(item, "fieldId"), message.changed_fields);
    }
    return changes;
}

/// @errors  kCorrupt  there is no issue
Result<void> read_issue(const json::value& body, JiraMessage& message) {
    const json::value& issue = at(body, {"issue"});
    const std::string key = string_at(issue, "key");
    if (const auto id = integer_at(issue, "id")) message.issue = std::to_string(*id);
    if (!is_numeric_id(message.issue)) message.issue = key;
    if (!is_numeric_id(message.issue) && !is_issue_key(message.issue)) {
        return fail(ErrorCode::kCorrupt, "The event names no issue: 'issue.id' is not a number.");
    }
    const json::value& fields = at(issue, {"fields"});
    message.issue_type = string_at(at(fields, {"issuetype"}), "name");
    message.project = upper_cased(string_at(at(fields, {"project"}), "key"));
    if (message.project.empty() && is_issue_key(key)) {
        message.project = upper_cased(key.substr(0, key.rfind('-')));
    }
    return {};
}

void read_created(const json::value& body, JiraMessage& message) {
    message.events.push_back(JiraEvent::kIssueCreated);
    if (!mentions_in(at(body, {"issue", "fields", "description"})).empty()) {
        message.events.push_back(JiraEvent::kIssueMentioned);
    }
}

void read_comment(const json::value& body, JiraMessage& message) {
    message.events.push_back(JiraEvent::kIssueCommented);
    if (!mentions_in(at(body, {"comment", "body"})).empty()) {
        message.events.push_back(JiraEvent::kIssueMentioned);
    }
}

void read_updated(const json::value& body, JiraMessage& message) {
    const std::string type = string_at(body, "issue_event_type_name");
    const Changes changes = read_changes(body, message);
    const bool is_comment = type == "issue_commented" || type == "issue_comment_edited";
    if (is_comment) read_comment(body, message);
    if (changes.has_items ? changes.is_only_links : type.starts_with("issue_comment")) return;
    message.events.push_back(JiraEvent::kIssueUpdated);
    if (changes.is_assigned || (!changes.has_items && type == "issue_assigned")) {
        message.events.push_back(JiraEvent::kIssueAssigned);
    }
    if (changes.is_mentioned) message.events.push_back(JiraEvent::kIssueMentioned);
}

Result<JiraMessage> read_issue_event(const json::value& body, std::string_view name) {
    JiraMessage message;
    add_actor(at(body, {"user"}), message);
    if (name == "jira:issue_created") {
        read_created(body, message);
    } else if (name == "jira:issue_updated") {
        read_updated(body, message);
    } else if (name == "comment_created" || name == "comment_updated") {
        const std::string_view author = name == "comment_created" ? "author" : "updateAuthor";
        if (message.actor.empty()) add_actor(at(body, {"comment", author}), message);
        read_comment(body, message);
    }
    if (message.events.empty()) return message;
    if (auto read = read_issue(body, message); !read) return std::unexpected(read.error());
    return message;
}

}  // namespace

Result<JiraMessage> read_jira_message(std::string_view text) {
    const auto body = parse_json(text, "the event");
    if (!body) return std::unexpected(body.error());
    const std::string name = string_at(*body, "webhookEvent");
    if (name.empty()) {
        return fail(ErrorCode::kCorrupt, "The event has no 'webhookEvent', which tells its kind.");
    }
    const auto* const container = std::ranges::find(kContainerEvents, name, &ContainerEvent::name);
    if (container == kContainerEvents.end()) return read_issue_event(*body, name);
    const auto id = integer_at(at(*body, {container->member}), "id");
    if (!id || *id < 0) {
        return fail(
            ErrorCode::kCorrupt,
            "The event has no number in '" + std::string(container->member) + ".id'."
        );
    }
    JiraMessage message;
    add_actor(at(*body, {"user"}), message);
    message.events.push_back(container->event);
    message.jql = std::string(container->jql) + std::to_string(*id);
    return message;
}

}  // namespace pagepress::ingress
