#include "tests/support/fake_atlassian/jira_api.h"

#include <algorithm>
#include <array>
#include <optional>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/jira_fields.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::string_view kApi = "https://example.atlassian.net/rest/api/3";
constexpr std::string_view kNoIssue =
    "Issue does not exist or you do not have permission to see it.";

bool contains(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

ApiAnswer answer_of(const ApiError& error) {
    return jira_error_answer(error.status, error.title);
}

/// `*all`, `*navigable`, ids, and `-id` to leave one out; nothing is everything.
bool is_selected(const std::vector<std::string>& fields, const std::string& id) {
    if (contains(fields, "-" + id)) return false;
    if (contains(fields, "*all") || contains(fields, id)) return true;
    if (contains(fields, "*navigable")) return id != "comment" && id != "worklog";
    return std::ranges::all_of(fields, [](const std::string& field) {
        return field.starts_with('-');
    });
}

json::object issue_json(const StoredIssue& issue, const IssueView& view) {
    json::object out{
        {"expand", "renderedFields,names,schema,operations,editmeta,changelog"},
        {"id", std::to_string(issue.id)},
        {"self", fmt::format("{}/issue/{}", kApi, issue.id)},
        {"key", issue.key}};
    json::object fields;
    for (const auto& field : issue.fields) {
        const std::string id(field.key());
        if (is_selected(view.fields, id)) fields[id] = field.value();
    }
    out["fields"] = std::move(fields);
    if (!view.properties.empty()) {
        json::object properties;
        for (const auto& [name, value] : issue.properties) {
            if (contains(view.properties, name) || contains(view.properties, "*all")) {
                properties[name] = value;
            }
        }
        out["properties"] = std::move(properties);
    }
    return out;
}

/// Adds `names` and `schema` of the shown fields, if they are asked for.
void expand_fields(json::object& out, const json::array& issues, const IssueView& view) {
    json::object names;
    json::object schema;
    for (const json::value& issue : issues) {
        const json::value* fields = find(issue, "fields");
        if (fields == nullptr) continue;
        for (const auto& field : fields->get_object()) {
            names[field.key()] = name_of_field(field.key());
            schema[field.key()] = schema_of_field(field.key());
        }
    }
    if (contains(view.expand, "names")) out["names"] = std::move(names);
    if (contains(view.expand, "schema")) out["schema"] = std::move(schema);
}

ApiAnswer get_issue(const JiraModel& jira, const ApiRequest& request) {
    const StoredIssue* issue = jira.find(request.segments[4]);
    if (issue == nullptr) return jira_error_answer(404, kNoIssue);
    const IssueView view{
        .fields = query_list(request, "fields"),
        .properties = query_list(request, "properties"),
        .expand = query_list(request, "expand"),
    };
    json::object out = issue_json(*issue, view);
    expand_fields(out, json::array{out}, view);
    return json_answer(200, out);
}

ApiAnswer search_answer(const JiraModel& jira, const IssueSearch& search, const IssueView& view) {
    const auto page = jira.search(search);
    if (!page) return answer_of(page.error());
    json::array issues;
    const bool only_ids =
        view.fields.empty() || (view.fields.size() == 1 && view.fields.front() == "id");
    for (const StoredIssue* issue : page->issues) {
        if (only_ids && view.properties.empty()) {
            issues.push_back(json::object{{"id", std::to_string(issue->id)}});
        } else {
            issues.push_back(issue_json(*issue, view));
        }
    }
    json::object out;
    expand_fields(out, issues, view);
    out["issues"] = std::move(issues);
    out["isLast"] = page->next_page_token.empty();
    if (!page->next_page_token.empty()) out["nextPageToken"] = page->next_page_token;
    return json_answer(200, out);
}

ApiAnswer get_search(const JiraModel& jira, const ApiRequest& request) {
    const std::string size = query_value(request, "maxResults");
    const IssueSearch search{
        .jql = query_value(request, "jql"),
        .next_page_token = query_value(request, "nextPageToken"),
        .results_max = size.empty() ? 50 : whole_number(size).value_or(0),
    };
    const IssueView view{
        .fields = query_list(request, "fields"),
        .properties = query_list(request, "properties"),
        .expand = query_list(request, "expand"),
    };
    return search_answer(jira, search, view);
}

std::vector<std::string> strings_at(const json::value& body, std::string_view key) {
    std::vector<std::string> strings;
    const json::value* list = find(body, key);
    if (list == nullptr || !list->is_array()) return strings;
    for (const json::value& item : list->get_array()) {
        if (item.is_string()) strings.emplace_back(item.get_string());
    }
    return strings;
}

/// What is wrong with the body of a search; it takes no members that it does not know.
std::optional<std::string> problem_of_search(const json::value& body) {
    constexpr std::array<std::string_view, 9> kKnown = {
        "jql",
        "nextPageToken",
        "maxResults",
        "fields",
        "expand",
        "properties",
        "fieldsByKeys",
        "failFast",
        "reconcileIssues"};
    if (!body.is_object()) return "Invalid request payload. Refer to the REST API documentation.";
    for (const auto& member : body.get_object()) {
        if (std::ranges::find(kKnown, std::string_view(member.key())) == kKnown.end()) {
            return "Invalid request payload. Refer to the REST API documentation and try again.";
        }
    }
    const json::value* fields = find(body, "fields");
    const json::value* expand = find(body, "expand");
    if ((fields != nullptr && !fields->is_array()) || (expand != nullptr && !expand->is_string())) {
        return "Invalid request payload. Refer to the REST API documentation and try again.";
    }
    return std::nullopt;
}

ApiAnswer post_search(const JiraModel& jira, const ApiRequest& request) {
    const auto body = parse_json(request.body, "the request body");
    if (!body) return jira_error_answer(400, "There was an error parsing JSON.");
    if (const auto problem = problem_of_search(*body)) return jira_error_answer(400, *problem);
    ApiRequest expand;
    expand.query.emplace_back("expand", string_at(*body, "expand"));
    const IssueView view{
        .fields = strings_at(*body, "fields"),
        .properties = strings_at(*body, "properties"),
        .expand = query_list(expand, "expand"),
    };
    return search_answer(
        jira,
        {.jql = string_at(*body, "jql"),
         .next_page_token = string_at(*body, "nextPageToken"),
         .results_max = integer_at(*body, "maxResults").value_or(50)},
        view
    );
}

ApiAnswer put_property(JiraModel& jira, const ApiRequest& request) {
    auto value = parse_json(request.body, "the property value");
    if (!value) return jira_error_answer(400, "The property value must be valid, non-empty JSON.");
    const auto is_new =
        jira.set_property(request.segments[4], request.segments[6], std::move(*value));
    if (!is_new) return answer_of(is_new.error());
    return {.status = *is_new ? 201 : 200};
}

ApiAnswer get_property(const JiraModel& jira, const ApiRequest& request) {
    const StoredIssue* issue = jira.find(request.segments[4]);
    if (issue == nullptr) return jira_error_answer(404, kNoIssue);
    const auto found = issue->properties.find(request.segments[6]);
    if (found == issue->properties.end()) {
        return jira_error_answer(
            404, fmt::format("The property {} does not exist.", request.segments[6])
        );
    }
    return json_answer(200, json::object{{"key", found->first}, {"value", found->second}});
}

ApiAnswer list_properties(const JiraModel& jira, const ApiRequest& request) {
    const StoredIssue* issue = jira.find(request.segments[4]);
    if (issue == nullptr) return jira_error_answer(404, kNoIssue);
    json::array keys;
    for (const auto& [name, value] : issue->properties) {
        keys.push_back(json::object{
            {"self", fmt::format("{}/issue/{}/properties/{}", kApi, issue->id, name)},
            {"key", name}});
    }
    return json_answer(200, json::object{{"keys", std::move(keys)}});
}

ApiAnswer delete_property(JiraModel& jira, const ApiRequest& request) {
    const auto removed = jira.remove_property(request.segments[4], request.segments[6]);
    return removed ? ApiAnswer{.status = 204} : answer_of(removed.error());
}

ApiAnswer get_myself() {
    json::object self = user_value("pagepress service account");
    self["emailAddress"] = "demo@example.com";
    return json_answer(200, self);
}

/// All permissions that are asked for, given.
ApiAnswer get_my_permissions(const ApiRequest& request) {
    json::object permissions;
    for (const std::string& key : query_list(request, "permissions")) {
        permissions[key] =
            json::object{{"key", key}, {"type", "PROJECT"}, {"havePermission", true}};
    }
    return json_answer(200, json::object{{"permissions", std::move(permissions)}});
}

ApiAnswer removed_search() {
    return jira_error_answer(
        410,
        "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. A "
        "full migration guideline is available at "
        "https://developer.atlassian.com/changelog/#CHANGE-2046"
    );
}

ApiAnswer anonymous_answer(const ApiRequest& request, std::string_view route) {
    if (route.ends_with("/search/jql")) {
        return json_answer(200, json::object{{"issues", json::array()}, {"isLast", true}});
    }
    if (route.ends_with("/myself")) {
        return {
            .status = 401,
            .body = "Client must be authenticated to access this resource.",
            .content_type = "text/plain;charset=UTF-8",
        };
    }
    return request.segments.size() > 3 && request.segments[3] == "search"
               ? removed_search()
               : jira_error_answer(404, kNoIssue);
}

struct Route {
    std::string_view method;
    std::string_view shape;
    ApiAnswer (*answer)(JiraModel&, const ApiRequest&);
};

constexpr Route kRoutes[] = {
    {"GET", "/rest/api/3/myself", [](JiraModel&, const ApiRequest&) { return get_myself(); }},
    {"GET",
     "/rest/api/3/mypermissions",
     [](JiraModel&, const ApiRequest& request) { return get_my_permissions(request); }},
    {"GET",
     "/rest/api/3/issue/*",
     [](JiraModel& jira, const ApiRequest& request) { return get_issue(jira, request); }},
    {"GET",
     "/rest/api/3/issue/*/properties",
     [](JiraModel& jira, const ApiRequest& request) { return list_properties(jira, request); }},
    {"GET",
     "/rest/api/3/issue/*/properties/*",
     [](JiraModel& jira, const ApiRequest& request) { return get_property(jira, request); }},
    {"PUT", "/rest/api/3/issue/*/properties/*", put_property},
    {"DELETE", "/rest/api/3/issue/*/properties/*", delete_property},
    {"GET",
     "/rest/api/3/search/jql",
     [](JiraModel& jira, const ApiRequest& request) { return get_search(jira, request); }},
    {"POST",
     "/rest/api/3/search/jql",
     [](JiraModel& jira, const ApiRequest& request) { return post_search(jira, request); }},
    {"GET", "/rest/api/3/search", [](JiraModel&, const ApiRequest&) { return removed_search(); }},
    {"POST", "/rest/api/3/search", [](JiraModel&, const ApiRequest&) { return removed_search(); }},
};

}  // namespace

json::object issues_json(const std::vector<const StoredIssue*>& issues, const IssueView& view) {
    json::array list;
    for (const StoredIssue* issue : issues) list.push_back(issue_json(*issue, view));
    json::object out;
    expand_fields(out, list, view);
    out["issues"] = std::move(list);
    return out;
}

ApiAnswer answer_jira(JiraModel& jira, const ApiRequest& request, Caller caller) {
    for (const Route& route : kRoutes) {
        if (!matches(request, route.method, route.shape)) continue;
        ApiAnswer answer = caller == Caller::kAccount ? route.answer(jira, request)
                                                      : anonymous_answer(request, route.shape);
        answer.route = fmt::format("{} {}", route.method, route.shape);
        return answer;
    }
    ApiAnswer answer = json_answer(
        404,
        json::object{
            {"type", "about:blank"},
            {"title", "Not Found"},
            {"status", 404},
            {"instance", request.path}}
    );
    answer.content_type = "application/problem+json";
    answer.route = request.method + " (unknown)";
    return answer;
}

}  // namespace pagepress::test
