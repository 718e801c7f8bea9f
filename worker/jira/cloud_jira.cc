// Jira Cloud over its REST API v3.
#include "worker/jira/cloud_jira.h"

#include <algorithm>
#include <functional>
#include <set>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "common/base/ascii.h"
#include "common/json/json_value.h"
#include "worker/atlassian/session.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kIssuesPerAnswer = 100;
constexpr std::size_t kIdsPerAnswer = 5000;  // the most that Jira takes

/// Whether `text` can be a numeric id or a key. Anything else must not become a part of a path.
bool is_issue_name(const std::string& text) {
    return !text.empty() && text.size() <= 255 && std::all_of(text.begin(), text.end(), [](char c) {
        return is_digit(c) || is_letter(c) || c == '-' || c == '_';
    });
}

std::string issue_path(const std::string& id_or_key) {
    return "/rest/api/3/issue/" + id_or_key;
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

class CloudJira final : public Jira {
public:
    CloudJira(
        const SiteAccount& account,
        HttpClient& http,
        const Clock& clock,
        Millis timeout,
        CallWatch* watch
    )
        : session_(
              {.base_url = account.jira_url,
               .authorization = account.authorization,
               .probe_path = "/rest/api/3/myself",
               .timeout = timeout,
               .watch = watch},
              http,
              clock
          ) {}

    Result<Issue> issue(const std::string& id_or_key, const std::string& property) override;
    Result<void> set_issue_property(
        const std::string& issue_id, const std::string& key, const std::string& value
    ) override;
    Result<SearchResult> search(
        const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
    ) override;
    Result<std::vector<std::string>> search_ids(const std::string& jql, std::size_t issues_max)
        override;

    Result<void> myself() override { return session_.probe(); }

private:
    /// Takes one part of a search's answer in; returns how many of its issues are new.
    using TakePart = std::function<Result<std::size_t>(const json::value& part)>;

    Result<void> search_parts(json::object request, const TakePart& take);

    Session session_;
};

Result<Issue> CloudJira::issue(const std::string& id_or_key, const std::string& property) {
    if (auto good = check_issue_name(id_or_key); !good) return std::unexpected(good.error());
    std::string path = issue_path(id_or_key) + "?fields=*all&expand=names";
    if (!property.empty()) path += "&properties=" + percent_encoded(property);
    const auto answer = session_.get(path);
    if (!answer) return std::unexpected(answer.error());
    auto issue = issue_from(*answer);
    if (issue) add_names(issue->names, *answer);
    return issue;
}

Result<void> CloudJira::set_issue_property(
    const std::string& issue_id, const std::string& key, const std::string& value
) {
    if (auto good = check_issue_name(issue_id); !good) return good;
    const auto path = issue_path(issue_id) + "/properties/" + percent_encoded(key);
    const auto answer = session_.send("PUT", path, value);
    if (!answer) return std::unexpected(answer.error());
    return {};
}

// ---- search ---------------------------------------------------------------------------------

json::array as_array(const std::vector<std::string>& fields) {
    json::array array;
    for (const std::string& field : fields) array.emplace_back(field);
    // Without fields Jira sends ids alone, without keys.
    if (array.empty()) array.emplace_back("key");
    return array;
}

/// The list in one part of a search's answer; null if there is none.
const json::array* issues_of(const json::value& part) {
    const json::value* issues = find(part, "issues");
    return issues == nullptr ? nullptr : issues->if_array();
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

bool is_last(const json::value& part) {
    const json::value* last = find(part, "isLast");
    return last != nullptr && last->is_bool() && last->as_bool();
}

/// What `maxResults` says: one more than is wanted, so that too many are noticed at once.
std::size_t results_max(std::size_t issues_max, std::size_t per_answer) {
    return std::min(per_answer - 1, issues_max) + 1;
}

std::unexpected<Error> too_many(std::size_t issues_max) {
    return fail(
        ErrorCode::kTooLarge,
        "the search finds more than " + std::to_string(issues_max) + " issues: narrow the JQL"
    );
}

Result<void> CloudJira::search_parts(json::object request, const TakePart& take) {
    while (true) {
        const auto part = session_.query("/rest/api/3/search/jql", request);
        if (!part) {
            Error error = part.error();
            // The JQL was good for the first part: only the token can have gone bad.
            const bool is_later = request.contains("nextPageToken");
            if (is_later && error.code == ErrorCode::kInvalidInput) {
                error.code = ErrorCode::kUnavailable;
            }
            return std::unexpected(std::move(error));
        }
        const auto added = take(*part);
        if (!added) return std::unexpected(added.error());
        // Sites have been seen to hand out tokens past the end.
        std::string token = string_at(*part, "nextPageToken");
        if (is_last(*part) || token.empty() || *added == 0) return {};
        request["nextPageToken"] = std::move(token);
    }
}

Result<SearchResult> CloudJira::search(
    const std::string& jql, const std::vector<std::string>& fields, std::size_t issues_max
) {
    SearchResult result;
    std::set<std::string> ids;
    const auto done = search_parts(
        {{"jql", one_line(jql)},
         {"fields", as_array(fields)},
         {"maxResults", results_max(issues_max, kIssuesPerAnswer)},
         {"expand", "names"}},
        [&](const json::value& part) -> Result<std::size_t> {
            auto added = add_issues(result, ids, part);
            if (added && result.issues.size() > issues_max) return too_many(issues_max);
            return added;
        }
    );
    if (!done) return std::unexpected(done.error());
    return result;
}

Result<std::vector<std::string>> CloudJira::search_ids(
    const std::string& jql, std::size_t issues_max
) {
    std::vector<std::string> ids;
    std::set<std::string> known;
    const auto done = search_parts(
        {{"jql", one_line(jql)},
         {"fields", json::array{"id"}},
         {"maxResults", results_max(issues_max, kIdsPerAnswer)}},
        [&](const json::value& part) -> Result<std::size_t> {
            const json::array* issues = issues_of(part);
            if (issues == nullptr) return no_issues();
            const std::size_t before = ids.size();
            for (const json::value& issue : *issues) {
                std::string id = string_at(issue, "id");
                if (id.empty()) return fail(ErrorCode::kCorrupt, "Jira sent an issue without id");
                if (known.insert(id).second) ids.push_back(std::move(id));
            }
            if (ids.size() > issues_max) return too_many(issues_max);
            return ids.size() - before;
        }
    );
    if (!done) return std::unexpected(done.error());
    return ids;
}

}  // namespace

std::unique_ptr<Jira> make_cloud_jira(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout,
    CallWatch* watch
) {
    return std::make_unique<CloudJira>(account, http, clock, timeout, watch);
}

}  // namespace pagepress::worker
