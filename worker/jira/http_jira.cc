#include "worker/jira/http_jira.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/ascii.h"
#include "common/json/json_value.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

/// Whether `text` can be a numeric id or a key. Anything else must not become a part of a path.
bool is_issue_name(const std::string& text) {
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '-' || c == '_';
    });
}

Result<void> check_issue_name(const std::string& text) {
    if (is_issue_name(text)) return {};
    return fail(ErrorCode::kNotFound, "'" + text + "' is no issue id or key");
}

/// JQL of several lines as one: Jira refuses line breaks.
std::string one_line(std::string jql) {
    std::replace_if(
        jql.begin(), jql.end(), [](char c) { return c == '\r' || c == '\n'; }, ' '
    );
    return jql;
}

json::object object_at(const json::value& value, std::string_view key) {
    const json::value* member = find(value, key);
    const json::object* object = member == nullptr ? nullptr : member->if_object();
    return object == nullptr ? json::object() : *object;
}

void add_names(FieldNames& names, const json::value& answer) {
    for (const auto& [id, name] : object_at(answer, "names")) {
        if (name.is_string()) names[std::string(id)] = std::string(name.as_string());
    }
}

Result<Issue> issue_from(const json::value& value) {
    Issue issue{
        .id = string_at(value, "id"),
        .key = string_at(value, "key"),
        .fields = object_at(value, "fields"),
        .properties = object_at(value, "properties"),
        .names = {}};
    if (issue.id.empty() || issue.key.empty()) {
        return fail(ErrorCode::kCorrupt, "Jira sent an issue without id or key");
    }
    return issue;
}

json::array as_array(const std::vector<std::string>& fields) {
    json::array array;
    for (const std::string& field : fields) array.emplace_back(field);
    // Without fields Jira Cloud sends ids alone, without keys.
    if (array.empty()) array.emplace_back("key");
    return array;
}

std::unexpected<Error> no_issues() {
    return fail(ErrorCode::kCorrupt, "Jira sent a search result without issues");
}

/// Adds the issues of one part that are not there yet; returns how many those are.
Result<std::size_t> add_issues(
    SearchResult& result, std::set<std::string>& ids, const json::value& part
) {
    const json::array* list = issues_of(part);
    if (list == nullptr) return no_issues();
    const std::size_t before = ids.size();
    for (const json::value& entry : *list) {
        auto issue = issue_from(entry);
        if (!issue) return std::unexpected(issue.error());
        if (ids.insert(issue->id).second) result.issues.push_back(std::move(*issue));
    }
    add_names(result.names, part);
    return ids.size() - before;
}

/// Adds the ids of one part that are not known yet; returns how many those are.
Result<std::size_t> add_ids(
    std::vector<std::string>& ids, std::set<std::string>& known, const json::value& part
) {
    const json::array* issues = issues_of(part);
    if (issues == nullptr) return no_issues();
    const std::size_t before = ids.size();
    for (const json::value& issue : *issues) {
        std::string id = string_at(issue, "id");
        if (id.empty()) return fail(ErrorCode::kCorrupt, "Jira sent an issue without id");
        if (known.insert(id).second) ids.push_back(std::move(id));
    }
    return ids.size() - before;
}

/// What `maxResults` says: one more than is wanted, so that too many are noticed at once.
std::size_t results_max(std::size_t issues_max, std::size_t per_answer) {
    return std::min(per_answer - 1, issues_max) + 1;
}

}  // namespace

const json::array* issues_of(const json::value& part) {
    const json::value* issues = find(part, "issues");
    return issues == nullptr ? nullptr : issues->if_array();
}

std::unexpected<Error> too_many_issues(std::size_t issues_max) {
    return fail(
        ErrorCode::kTooLarge,
        "the search finds more than " + std::to_string(issues_max) + " issues: narrow the JQL"
    );
}

Result<Issue> HttpJira::issue(const std::string& id_or_key, const std::string& property) {
    if (auto good = check_issue_name(id_or_key); !good) return std::unexpected(good.error());
    std::string path = path_of("/issue/") + id_or_key + "?fields=*all&expand=names";
    if (!property.empty()) path += "&properties=" + percent_encoded(property);
    const auto answer = session_.get(path);
    if (!answer) return std::unexpected(answer.error());
    auto issue = issue_from(*answer);
    if (issue) add_names(issue->names, *answer);
    return issue;
}

Result<void> HttpJira::set_issue_property(
    const std::string& issue_id, const std::string& key, const std::string& value
) {
    if (auto good = check_issue_name(issue_id); !good) return good;
    const auto path = path_of("/issue/") + issue_id + "/properties/" + percent_encoded(key);
    const auto answer = session_.send("PUT", path, value);
    if (!answer) return std::unexpected(answer.error());
    return {};
}

Result<SearchResult> HttpJira::search(
    const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
) {
    SearchResult result;
    std::set<std::string> ids;
    const Search search{
        .jql = one_line(jql),
        .fields = as_array(fields),
        .results_max = results_max(issues_max, shape_.issues_per_answer),
        .issues_max = issues_max,
        .names = Search::Names::kWanted};
    const Taker taker{
        .take = [&](const json::value& part) -> Result<std::size_t> {
            auto added = add_issues(result, ids, part);
            if (added && ids.size() > issues_max) return too_many_issues(issues_max);
            return added;
        },
        .forget =
            [&] {
                result = {};
                ids.clear();
            }};
    if (const auto done = search_parts(search, taker); !done) return std::unexpected(done.error());
    return result;
}

Result<std::vector<std::string>> HttpJira::search_ids(
    const std::string& jql, std::size_t issues_max
) {
    std::vector<std::string> ids;
    std::set<std::string> known;
    const Search search{
        .jql = one_line(jql),
        .fields = {"id"},
        .results_max = results_max(issues_max, shape_.ids_per_answer),
        .issues_max = issues_max};
    const Taker taker{
        .take = [&](const json::value& part) -> Result<std::size_t> {
            auto added = add_ids(ids, known, part);
            if (added && ids.size() > issues_max) return too_many_issues(issues_max);
            return added;
        },
        .forget =
            [&] {
                ids.clear();
                known.clear();
            }};
    if (const auto done = search_parts(search, taker); !done) return std::unexpected(done.error());
    return ids;
}

}  // namespace pagepress::worker
