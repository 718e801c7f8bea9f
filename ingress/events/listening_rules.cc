#include "ingress/events/listening_rules.h"

#include <algorithm>
#include <vector>

#include "common/base/ascii.h"

namespace pagepress::ingress {

namespace {

using Names = std::vector<std::string>;

bool is_same_name(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, {}, to_lower, to_lower);
}

bool contains_name(const Names& names, std::string_view name) {
    return std::ranges::any_of(names, [&](const std::string& each) {
        return is_same_name(each, name);
    });
}

bool holds_for_issue(const EventCondition& condition, const JiraMessage& message) {
    return (condition.projects.empty() || contains_name(condition.projects, message.project)) &&
           (condition.issue_types.empty() ||
            contains_name(condition.issue_types, message.issue_type));
}

bool has_changed(const EventCondition& condition, const JiraMessage& message) {
    return condition.changed_fields.empty() ||
           std::ranges::any_of(message.changed_fields, [&](const std::string& field) {
               return contains_name(condition.changed_fields, field);
           });
}

/// ` AND project in ("A","B")`; nothing without names. JQL escapes quotes and backslashes in text.
std::string narrowing(std::string_view field, const Names& names) {
    if (names.empty()) return {};
    std::string jql = " AND " + std::string(field) + " in (";
    for (const std::string& name : names) {
        if (jql.back() != '(') jql.push_back(',');
        jql.push_back('"');
        for (const char c : name) {
            if (c == '"' || c == '\\') jql.push_back('\\');
            jql.push_back(c);
        }
        jql.push_back('"');
    }
    return jql + ")";
}

}  // namespace

bool is_fired(const Rule& rule, const JiraMessage& message) {
    if (!rule.enabled) return false;
    if (message.jql.empty() && !holds_for_issue(rule.condition, message)) return false;
    return std::ranges::any_of(message.events, [&](JiraEvent event) {
        if (std::ranges::find(rule.events, event) == rule.events.end()) return false;
        return event != JiraEvent::kIssueUpdated || has_changed(rule.condition, message);
    });
}

Job job_of(const Rule& rule, const JiraMessage& message, std::string_view message_id) {
    Job job;
    job.id = derived_job_id(rule.site, "event/" + rule.id, message_id);
    job.site = rule.site;
    if (message.jql.empty()) {
        job.kind = JobKind::kRule;
        job.rule = rule.id;
        job.issue = message.issue;
        return job;
    }
    job.kind = JobKind::kBatch;
    job.batch = Batch{
        .select = Batch::Select::kJql,
        .rule = rule.id,
        .jql = message.jql + narrowing("project", rule.condition.projects) +
               narrowing("issuetype", rule.condition.issue_types),
    };
    return job;
}

}  // namespace pagepress::ingress
