#include "tests/support/fake_atlassian/jira_data_center.h"

#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::int64_t kResultsMax = 1'000;

/// Plain text of an ADF node, a line for each paragraph.
std::string wiki_text(const json::value& node) {
    if (string_at(node, "type") == "text") return string_at(node, "text");
    std::string text;
    const json::value* content = find(node, "content");
    if (content == nullptr || !content->is_array()) return text;
    for (const json::value& part : content->get_array()) {
        const bool is_block = string_at(part, "type") == "paragraph";
        if (is_block && !text.empty()) text += "\n";
        text += wiki_text(part);
    }
    return text;
}

json::object user_json(const json::object& user) {
    const std::string display = string_at(user, "displayName");
    std::string name = lower_case(display);
    std::ranges::replace(name, ' ', '.');
    return {
        {"self", "https://jira.example/rest/api/2/user?username=" + name},
        {"name", name},
        {"key", "JIRAUSER" + std::to_string(10'000 + name.size())},
        {"emailAddress", name + "@example.com"},
        {"displayName", display},
        {"active", true},
        {"timeZone", "Europe/Berlin"}};
}

std::string sprint_text(const json::object& sprint) {
    const auto member = [&](std::string_view name) {
        const std::string text = string_at(sprint, name);
        return text.empty() ? std::string("<null>") : text;
    };
    const auto id = integer_at(sprint, "id").value_or(0);
    return fmt::format(
        "com.atlassian.greenhopper.service.sprint.Sprint@1f[id={},rapidViewId={},state={},name={},"
        "startDate={},endDate={},completeDate={},sequence={}]",
        id,
        integer_at(sprint, "boardId").value_or(0),
        member("state"),
        member("name"),
        member("startDate"),
        member("endDate"),
        member("completeDate"),
        id
    );
}

json::value object_as_data_center(const json::object& object) {
    if (object.contains("accountId")) return user_json(object);
    if (object.contains("boardId")) return json::string(sprint_text(object));
    if (string_at(object, "type") == "doc") return json::string(wiki_text(object));
    json::object out;
    for (const auto& member : object) out[member.key()] = as_data_center(member.value());
    const bool is_option = object.contains("value") && object.contains("id");
    if (is_option) out["disabled"] = false;
    return out;
}

ApiAnswer html_not_found() {
    return {
        .status = 404,
        .body = "<html><head><title>Oops, you&#39;ve found a dead link.</title></head></html>",
        .content_type = "text/html;charset=UTF-8"};
}

/// The same request to Cloud's API v3, which is otherwise the same.
ApiRequest as_v3(const ApiRequest& request) {
    ApiRequest twin = request;
    twin.segments[2] = "3";
    twin.path.replace(0, std::string_view("/rest/api/2").size(), "/rest/api/3");
    return twin;
}

struct Search {
    std::string jql;
    std::int64_t start = 0;
    std::int64_t results_max = 50;
    std::vector<std::string> fields;
    std::vector<std::string> expand;
};

std::vector<std::string> strings_at(const json::value& body, std::string_view key) {
    std::vector<std::string> strings;
    const json::value* list = find(body, key);
    if (list == nullptr || !list->is_array()) return strings;
    for (const json::value& item : list->get_array()) {
        if (item.is_string()) strings.emplace_back(item.get_string());
    }
    return strings;
}

ApiResult<Search> read_search(const ApiRequest& request) {
    if (request.method == "GET") {
        const auto start = whole_number(query_value(request, "startAt"));
        const auto results_max = whole_number(query_value(request, "maxResults"));
        return Search{
            .jql = query_value(request, "jql"),
            .start = start.value_or(0),
            .results_max = results_max.value_or(50),
            .fields = query_list(request, "fields"),
            .expand = query_list(request, "expand")};
    }
    const auto body = parse_json(request.body, "the request body");
    const json::value* expand = body ? find(*body, "expand") : nullptr;
    if (!body || (expand != nullptr && !expand->is_array())) {
        return std::unexpected(ApiError{400, "", "Can not deserialize the request."});
    }
    return Search{
        .jql = string_at(*body, "jql"),
        .start = integer_at(*body, "startAt").value_or(0),
        .results_max = integer_at(*body, "maxResults").value_or(50),
        .fields = strings_at(*body, "fields"),
        .expand = strings_at(*body, "expand")};
}

/// One page of the search, counted off from its start. Fields are all if none are named.
ApiAnswer search_answer(const JiraModel& jira, const Search& search) {
    const auto page = jira.search(
        {.jql = search.jql,
         .next_page_token = {},
         .results_max = std::min(search.results_max, kResultsMax),
         .start = search.start}
    );
    if (!page) return jira_error_answer(page.error().status, page.error().title);
    const bool names_wanted = std::ranges::find(search.expand, "names") != search.expand.end();
    const IssueView view{
        .fields = search.fields.empty() ? std::vector<std::string>{"*navigable"} : search.fields,
        .properties = {},
        .expand = names_wanted ? std::vector<std::string>{"names"} : std::vector<std::string>{}};
    json::object out = issues_json(page->issues, view);
    out["startAt"] = search.start;
    out["maxResults"] = std::min(search.results_max, kResultsMax);
    out["total"] = page->total;
    return json_answer(200, as_data_center(out));
}

ApiAnswer answer_search(const JiraModel& jira, const ApiRequest& request, Caller caller) {
    if (caller == Caller::kAnonymous) {
        return json_answer(200, json::object{{"total", 0}, {"issues", json::array()}});
    }
    const auto search = read_search(request);
    if (!search) return jira_error_answer(search.error().status, search.error().title);
    return search_answer(jira, *search);
}

}  // namespace

json::value as_data_center(const json::value& value) {
    if (const json::object* object = value.if_object()) return object_as_data_center(*object);
    const json::array* array = value.if_array();
    if (array == nullptr) return value;
    json::array out;
    for (const json::value& item : *array) out.push_back(as_data_center(item));
    return out;
}

ApiAnswer answer_data_center_jira(JiraModel& jira, const ApiRequest& request, Caller caller) {
    ApiAnswer answer;
    if (!request.path.starts_with("/rest/api/2/")) {
        answer = html_not_found();
        answer.route = request.method + " (unknown)";
        return answer;
    }
    if (request.path == "/rest/api/2/search") {
        answer = answer_search(jira, request, caller);
        answer.route = request.method + " /rest/api/2/search";
        return answer;
    }
    answer = answer_jira(jira, as_v3(request), caller);
    const auto root = answer.route.find("/rest/api/3");
    if (root != std::string::npos) answer.route.replace(root, 11, "/rest/api/2");
    // What a property holds is nobody's business.
    const bool is_property = request.segments.size() > 5 && request.segments[5] == "properties";
    if (answer.status != 200 || is_property || answer.body.empty()) return answer;
    if (const auto body = parse_json(answer.body, "an answer")) {
        json::value converted = as_data_center(*body);
        const json::value* properties = find(*body, "properties");
        if (properties != nullptr) converted.as_object()["properties"] = *properties;
        answer.body = json::serialize(converted);
    }
    return answer;
}

}  // namespace pagepress::test
