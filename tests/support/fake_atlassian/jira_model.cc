#include "tests/support/fake_atlassian/jira_model.h"

#include <algorithm>
#include <ranges>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "common/base/digest.h"
#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/jira_fields.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::string_view kNoIssue =
    "Issue does not exist or you do not have permission to see it.";

std::unexpected<ApiError> refuse(int status, std::string message) {
    return std::unexpected(ApiError{status, "", std::move(message)});
}

std::string upper_case(std::string_view text) {
    std::string upper(text);
    for (char& letter : upper) {
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    }
    return upper;
}

std::string project_of(const StoredIssue& issue) {
    return issue.key.substr(0, issue.key.rfind('-'));
}

/// What a clause's field has for an issue.
std::vector<std::string> values_of(const StoredIssue& issue, std::string_view field) {
    if (field == "project") return {project_of(issue)};
    if (field == "key") return {issue.key, std::to_string(issue.id)};
    if (field == "id") return {std::to_string(issue.id), issue.key};
    const auto* value = issue.fields.if_contains(field);
    if (value == nullptr) return {};
    if (value->is_object()) return {string_at(*value, "name"), string_at(*value, "id")};
    std::vector<std::string> values;
    if (const json::array* items = value->if_array()) {
        for (const json::value& item : *items) {
            if (item.is_string()) values.emplace_back(item.get_string());
        }
    }
    return values;
}

bool holds(const JqlClause& clause, const StoredIssue& issue) {
    for (const std::string& has : values_of(issue, clause.field)) {
        for (const std::string& wanted : clause.values) {
            if (lower_case(has) == lower_case(wanted)) return !clause.negated;
        }
    }
    return clause.negated;
}

std::weak_ordering compare(
    const StoredIssue& left, const StoredIssue& right, const std::vector<JqlOrder>& order
) {
    for (const JqlOrder& by : order) {
        auto result = std::weak_ordering::equivalent;
        if (by.field == "created") result = left.created_at <=> right.created_at;
        if (by.field == "updated") result = left.updated_at <=> right.updated_at;
        if (by.field == "key") {
            result = project_of(left) <=> project_of(right);
            if (result == 0) result = left.number <=> right.number;
        }
        if (result != 0) return by.descending ? 0 <=> result : result;
    }
    return left.id <=> right.id;
}

/// Tokens are opaque to clients: a digest of the query, then the place to go on.
std::string token_of(const std::string& jql, std::size_t offset) {
    return fmt::format("{}{}", to_hex(sha256(jql)).substr(0, 24), offset);
}

std::optional<std::size_t> offset_of(const std::string& jql, const std::string& token) {
    if (token.empty()) return 0;
    constexpr std::size_t kDigestSize = 24;
    if (token.size() <= kDigestSize) return std::nullopt;
    const auto offset = whole_number(std::string_view(token).substr(kDigestSize));
    if (!offset || token_of(jql, static_cast<std::size_t>(*offset)) != token) return std::nullopt;
    return static_cast<std::size_t>(*offset);
}

}  // namespace

std::string JiraModel::next_key(const std::string& project, StoredIssue& issue) {
    issue.number = ++last_number_[project];
    issue.key = fmt::format("{}-{}", project, issue.number);
    id_by_key_[upper_case(issue.key)] = issue.id;
    issue.fields["project"] = json::object{
        {"self", "https://example.atlassian.net/rest/api/3/project/" + project},
        {"id", std::to_string(10'000 + project.size())},
        {"key", project},
        {"name", project},
        {"projectTypeKey", "software"},
        {"simplified", false},
        {"avatarUrls", json::object()}};
    return issue.key;
}

void JiraModel::touch(StoredIssue& issue) {
    issue.updated_at = std::max(clock_.unix_now(), issue.updated_at + 1);
    issue.fields["updated"] = jira_time(issue.updated_at);
}

const StoredIssue& JiraModel::add_issue(const std::string& project, const json::object& fields) {
    StoredIssue issue;
    issue.id = ++last_id_;
    issue.created_at = clock_.unix_now();
    next_key(project, issue);
    issue.fields["summary"] = "Issue " + issue.key;
    issue.fields["issuetype"] = issue_type_value("Task");
    issue.fields["status"] = status_value("To Do");
    issue.fields["created"] = jira_time(issue.created_at);
    touch(issue);
    for (const auto& field : fields) {
        issue.fields[field.key()] = full_value(field.key(), field.value());
    }
    return issues_.emplace(issue.id, std::move(issue)).first->second;
}

const StoredIssue* JiraModel::find(std::string_view id_or_key) const {
    std::int64_t id = whole_number(id_or_key).value_or(0);
    if (id == 0) {
        const auto known = id_by_key_.find(upper_case(id_or_key));
        if (known == id_by_key_.end()) return nullptr;
        id = known->second;
    }
    const auto found = issues_.find(id);
    return found == issues_.end() ? nullptr : &found->second;
}

ApiResult<StoredIssue*> JiraModel::find_or_refuse(std::string_view id_or_key) {
    const StoredIssue* issue = find(id_or_key);
    if (issue == nullptr) return refuse(404, std::string(kNoIssue));
    return &issues_.at(issue->id);
}

ApiResult<const StoredIssue*> JiraModel::edit(
    std::string_view id_or_key, const json::object& fields
) {
    const auto issue = find_or_refuse(id_or_key);
    if (!issue) return std::unexpected(issue.error());
    for (const auto& field : fields) {
        (*issue)->fields[field.key()] = full_value(field.key(), field.value());
    }
    touch(**issue);
    return *issue;
}

ApiResult<const StoredIssue*> JiraModel::move(
    std::string_view id_or_key, const std::string& project
) {
    const auto issue = find_or_refuse(id_or_key);
    if (!issue) return std::unexpected(issue.error());
    next_key(project, **issue);
    touch(**issue);
    return *issue;
}

ApiResult<bool> JiraModel::set_property(
    std::string_view id_or_key, const std::string& name, json::value value
) {
    constexpr std::size_t kValueMax = 32'768;
    constexpr std::size_t kNameMax = 255;
    const auto issue = find_or_refuse(id_or_key);
    if (!issue) return std::unexpected(issue.error());
    if (name.size() > kNameMax) {
        return refuse(400, "The property key length must be at most 255 characters.");
    }
    if (json::serialize(value).size() > kValueMax) {
        return refuse(400, "The property value length must be at most 32768 characters.");
    }
    return (*issue)->properties.insert_or_assign(name, std::move(value)).second;
}

ApiResult<void> JiraModel::remove_property(std::string_view id_or_key, std::string_view name) {
    const auto issue = find_or_refuse(id_or_key);
    if (!issue) return std::unexpected(issue.error());
    const auto found = (*issue)->properties.find(name);
    if (found == (*issue)->properties.end()) {
        return refuse(404, fmt::format("The property {} does not exist.", name));
    }
    (*issue)->properties.erase(found);
    return {};
}

ApiResult<void> JiraModel::check_values(const JqlClause& clause) const {
    for (const std::string& value : clause.values) {
        if (clause.field == "project") {
            const auto is_it = [&](const auto& entry) {
                return lower_case(entry.first) == lower_case(value);
            };
            if (std::ranges::any_of(last_number_, is_it)) continue;
            return refuse(
                400, fmt::format("The value '{}' does not exist for the field 'project'.", value)
            );
        }
        if ((clause.field == "key" || clause.field == "id") && find(value) == nullptr) {
            return refuse(
                400,
                fmt::format(
                    "An issue with key '{}' does not exist for field '{}'.", value, clause.field
                )
            );
        }
    }
    return {};
}

ApiResult<IssuePage> JiraModel::search(const IssueSearch& search) const {
    constexpr std::int64_t kResultsMax = 5'000;
    if (search.results_max < 1 || search.results_max > kResultsMax) {
        return refuse(400, "The maxResults parameter must be between 1 and 5000.");
    }
    const auto query = parse_jql(search.jql);
    if (!query) return std::unexpected(query.error());
    for (const JqlClause& clause : query->clauses) {
        const auto checked = check_values(clause);
        if (!checked) return std::unexpected(checked.error());
    }
    const auto offset = search.start ? std::optional(static_cast<std::size_t>(*search.start))
                                     : offset_of(search.jql, search.next_page_token);
    if (!offset) return refuse(400, "The provided next page token is invalid or has expired.");
    std::vector<const StoredIssue*> found;
    for (const StoredIssue& issue : issues_ | std::views::values) {
        const auto fits = [&](const JqlClause& clause) { return holds(clause, issue); };
        if (std::ranges::all_of(query->clauses, fits)) found.push_back(&issue);
    }
    std::ranges::sort(found, [&](const StoredIssue* left, const StoredIssue* right) {
        return compare(*left, *right, query->order) < 0;
    });
    const std::size_t begin = std::min(*offset, found.size());
    const std::size_t size = std::min(
        {static_cast<std::size_t>(search.results_max), settings.page_size_max, found.size() - begin}
    );
    IssuePage page;
    page.total = found.size();
    const auto first = found.begin() + static_cast<std::ptrdiff_t>(begin);
    page.issues.assign(first, first + static_cast<std::ptrdiff_t>(size));
    if (begin + size < found.size()) page.next_page_token = token_of(search.jql, begin + size);
    return page;
}

}  // namespace pagepress::test
