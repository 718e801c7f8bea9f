#include "tests/support/fake_atlassian/confluence_api.h"

#include <algorithm>
#include <ranges>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/confluence_json.h"
#include "tests/support/fake_atlassian/confluence_listing.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

std::unexpected<ApiError> refuse(int status, std::string code, std::string title) {
    return std::unexpected(ApiError{status, std::move(code), std::move(title)});
}

std::unexpected<ApiError> bad_request(std::string title) {
    return refuse(400, "INVALID_REQUEST_PARAMETER", std::move(title));
}

/// A request on its way through the routes.
struct Exchange {
    ConfluenceModel& confluence;
    const ApiRequest& request;
    const std::string& base_url;
    const std::string& account;
};

using Outcome = ApiResult<ApiAnswer>;

ApiResult<ContentId> id_in_path(const Exchange& exchange, std::size_t segment) {
    const std::string& text = exchange.request.segments[segment];
    const auto id = whole_number(text);
    if (id) return *id;
    return bad_request(fmt::format(
        "Provided value {{{}}} for 'id' is not the correct type. Expected type is long.", text
    ));
}

ApiResult<json::value> read_body(const Exchange& exchange) {
    if (exchange.request.body.size() > exchange.confluence.settings.body_bytes_max) {
        return refuse(413, "PAYLOAD_TOO_LARGE", "Request body exceeds 5242880 bytes");
    }
    auto body = parse_json(exchange.request.body, "the request body");
    if (!body || !body->is_object()) return bad_request("Request body is not a JSON object");
    return *body;
}

ApiResult<BodyForm> read_body_form(const ApiRequest& request) {
    const std::string format = query_value(request, "body-format");
    if (format.empty()) return BodyForm::kNone;
    if (format == "storage") return BodyForm::kStorage;
    return bad_request(
        fmt::format("Provided value {{{}}} for 'body-format' is not simulated here.", format)
    );
}

json::object full_page_json(const Exchange& exchange, const StoredPage& page, BodyForm form) {
    const StoredSpace* space = exchange.confluence.space_by_id(page.space);
    json::object out = page_json(page, *space, page.latest(), form);
    out["_links"].as_object()["base"] = exchange.base_url + "/wiki";
    return out;
}

Outcome list_answer_of(const Exchange& exchange, ContentId space) {
    const auto form = read_body_form(exchange.request);
    if (!form) return std::unexpected(form.error());
    const auto list = list_pages(exchange.confluence, exchange.request, space);
    if (!list) return std::unexpected(list.error());
    json::array results;
    for (const StoredPage* page : list->pages) {
        results.push_back(
            page_json(*page, *exchange.confluence.space_by_id(page->space), page->latest(), *form)
        );
    }
    return list_answer(exchange.request, std::move(results), list->next, exchange.base_url);
}

Outcome get_spaces(const Exchange& exchange) {
    const auto list = read_list_request(exchange.request);
    if (!list) return std::unexpected(list.error());
    const auto keys = query_list(exchange.request, "keys");
    json::array results;
    std::optional<ListPlace> next;
    ContentId last = 0;
    for (const auto& [id, space] : exchange.confluence.spaces()) {
        if (!keys.empty() && std::ranges::find(keys, space.key) == keys.end()) continue;
        if (list->after && id <= list->after->id) continue;
        if (results.size() == list->limit) {
            next = ListPlace{.id = last};
            break;
        }
        results.push_back(space_json(space));
        last = id;
    }
    return list_answer(exchange.request, std::move(results), next, exchange.base_url);
}

Outcome get_space(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const StoredSpace* space = exchange.confluence.space_by_id(*id);
    if (space == nullptr) {
        return refuse(404, "NOT_FOUND", fmt::format("Cannot find a space with id [{}]", *id));
    }
    return json_answer(200, space_json(*space));
}

Outcome get_space_pages(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    if (exchange.confluence.space_by_id(*id) == nullptr) {
        return refuse(404, "NOT_FOUND", fmt::format("Cannot find a space with id [{}]", *id));
    }
    return list_answer_of(exchange, *id);
}

Outcome get_pages(const Exchange& exchange) {
    return list_answer_of(exchange, 0);
}

/// The newest 50 versions, as `include-versions=true` shows them.
json::object versions_json(const StoredPage& page) {
    constexpr std::size_t kVersionsMax = 50;
    json::array results;
    for (const StoredVersion& version : page.versions | std::views::reverse) {
        if (results.size() == kVersionsMax) break;
        results.push_back(version_json(version));
    }
    const bool has_more = page.versions.size() > kVersionsMax;
    return {
        {"results", std::move(results)},
        {"meta", json::object{{"hasMore", has_more}, {"cursor", has_more ? "more" : ""}}},
        {"_links", json::object{{"self", fmt::format("/wiki/api/v2/pages/{}/versions", page.id)}}}};
}

Outcome get_page(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto form = read_body_form(exchange.request);
    if (!form) return std::unexpected(form.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) return std::unexpected(page.error());
    const auto statuses = query_list(exchange.request, "status");
    if (!statuses.empty() &&
        std::ranges::find(statuses, name_of((*page)->status)) == statuses.end()) {
        return refuse(404, "NOT_FOUND", fmt::format("Cannot find a page with id [{}]", *id));
    }
    json::object out = full_page_json(exchange, **page, *form);
    const std::string number = query_value(exchange.request, "version");
    if (!number.empty()) {
        const auto wanted = whole_number(number).value_or(0);
        if (wanted < 1 || wanted > (*page)->latest().number) {
            return refuse(404, "NOT_FOUND", fmt::format("Cannot find version [{}]", number));
        }
        const auto& version = (*page)->versions[static_cast<std::size_t>(wanted - 1)];
        out = page_json(**page, *exchange.confluence.space_by_id((*page)->space), version, *form);
    }
    if (query_value(exchange.request, "include-versions") == "true") {
        out["versions"] = versions_json(**page);
    }
    return json_answer(200, out);
}

Outcome get_versions(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto list = read_list_request(exchange.request);
    if (!list) return std::unexpected(list.error());
    const auto form = read_body_form(exchange.request);
    if (!form) return std::unexpected(form.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) return std::unexpected(page.error());
    const StoredSpace* space = exchange.confluence.space_by_id((*page)->space);
    json::array results;
    std::optional<ListPlace> next;
    for (const StoredVersion& version : (*page)->versions | std::views::reverse) {
        if (list->after && version.number >= list->after->id) continue;
        if (results.size() == list->limit) {
            next = ListPlace{.id = version.number + 1};
            break;
        }
        json::object entry = version_json(version);
        const json::object whole = page_json(**page, *space, version, *form);
        entry["page"] = json::object{
            {"id", std::to_string(*id)}, {"title", version.title}, {"body", whole.at("body")}};
        results.push_back(std::move(entry));
    }
    return list_answer(exchange.request, std::move(results), next, exchange.base_url);
}

/// The storage text of a request's `body`, in either of its two forms.
ApiResult<std::string> read_storage(const json::value& request_body) {
    const json::value* body = find(request_body, "body");
    if (body == nullptr) return std::string();
    const json::value* holder = find(*body, "storage");
    if (holder == nullptr) holder = body;
    const std::string representation = string_at(*holder, "representation");
    if (representation != "storage") {
        return bad_request(fmt::format(
            "Provided value {{{}}} for 'representation' is not simulated here.", representation
        ));
    }
    return string_at(*holder, "value");
}

ApiResult<std::optional<ContentId>> read_parent(const json::value& body) {
    const json::value* parent = find(body, "parentId");
    if (parent == nullptr || parent->is_null()) return std::optional<ContentId>();
    const auto id = whole_number(string_at(body, "parentId"));
    if (!id) return bad_request("'parentId' is not the correct type. Expected type is long.");
    return std::optional<ContentId>(*id);
}

Outcome post_page(const Exchange& exchange) {
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const auto space = whole_number(string_at(*body, "spaceId"));
    if (!space) return bad_request("'spaceId' must not be null");
    const std::string status = string_at(*body, "status");
    if (!status.empty() && status != "current") {
        return bad_request("only pages of status 'current' are simulated here");
    }
    const auto parent = read_parent(*body);
    if (!parent) return std::unexpected(parent.error());
    const auto storage = read_storage(*body);
    if (!storage) return std::unexpected(storage.error());
    const auto page = exchange.confluence.create({
        .space = *space,
        .parent = *parent,
        .title = string_at(*body, "title"),
        .body = *storage,
        .message = {},
        .author = exchange.account,
    });
    if (!page) return std::unexpected(page.error());
    return json_answer(200, full_page_json(exchange, **page, BodyForm::kStorage));
}

Outcome put_page(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const json::value* version = find(*body, "version");
    const auto number = version == nullptr ? std::nullopt : integer_at(*version, "number");
    if (!number || !find(*version, "number")->is_int64()) {
        return bad_request("'version.number' must be a number");
    }
    if (string_at(*body, "id") != std::to_string(*id)) {
        return bad_request("'id' of the body is not the id of the path");
    }
    if (string_at(*body, "status") != "current") {
        return bad_request("only the status 'current' is simulated here");
    }
    const auto parent = read_parent(*body);
    if (!parent) return std::unexpected(parent.error());
    const auto storage = read_storage(*body);
    if (!storage) return std::unexpected(storage.error());
    const auto page = exchange.confluence.update({
        .id = *id,
        .version = *number,
        .title = string_at(*body, "title"),
        .body = *storage,
        .message = string_at(*version, "message"),
        .author = exchange.account,
        .parent = *parent,
    });
    if (!page) return std::unexpected(page.error());
    return json_answer(200, full_page_json(exchange, **page, BodyForm::kStorage));
}

Outcome delete_page(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto done = query_value(exchange.request, "purge") == "true"
                          ? exchange.confluence.purge(*id)
                          : exchange.confluence.trash(*id);
    if (!done) return std::unexpected(done.error());
    return ApiAnswer{.status = 204};
}

Outcome get_properties(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) {
        return refuse(404, "NOT_FOUND", fmt::format("Could not find page with id [{}]", *id));
    }
    const auto keys = query_list(exchange.request, "key");
    json::array results;
    for (const auto& [key, property] : (*page)->properties) {
        if (!keys.empty() && std::ranges::find(keys, key) == keys.end()) continue;
        results.push_back(property_json(property));
    }
    return list_answer(exchange.request, std::move(results), std::nullopt, exchange.base_url);
}

Outcome post_property(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const json::value* value = find(*body, "value");
    const auto property = exchange.confluence.create_property(
        *id, string_at(*body, "key"), value == nullptr ? json::value() : *value
    );
    if (!property) return std::unexpected(property.error());
    return json_answer(200, property_json(**property));
}

Outcome put_property(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    const auto property_id = id_in_path(exchange, 6);
    if (!id) return std::unexpected(id.error());
    if (!property_id) return std::unexpected(property_id.error());
    const auto body = read_body(exchange);
    if (!body) return std::unexpected(body.error());
    const json::value* version = find(*body, "version");
    const auto number = version == nullptr ? std::nullopt : integer_at(*version, "number");
    if (!number) return bad_request("'version.number' must be a number");
    const json::value* value = find(*body, "value");
    const auto property = exchange.confluence.update_property(
        *id, *property_id, value == nullptr ? json::value() : *value, *number
    );
    if (!property) return std::unexpected(property.error());
    return json_answer(200, property_json(**property));
}

Outcome delete_property(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    const auto property_id = id_in_path(exchange, 6);
    if (!id) return std::unexpected(id.error());
    if (!property_id) return std::unexpected(property_id.error());
    const auto removed = exchange.confluence.remove_property(*id, *property_id);
    if (!removed) return std::unexpected(removed.error());
    return ApiAnswer{.status = 204};
}

Outcome get_current_user(const Exchange& exchange) {
    return json_answer(
        200,
        json::object{
            {"type", "known"},
            {"accountId", exchange.account},
            {"accountType", "atlassian"},
            {"displayName", "Service Account"},
            {"publicName", "service account"},
            {"_links", json::object{{"self", exchange.base_url + "/wiki/rest/api/user"}}}}
    );
}

struct Route {
    std::string_view method;
    std::string_view shape;
    Outcome (*answer)(const Exchange&);
};

constexpr Route kRoutes[] = {
    {"GET", "/wiki/api/v2/spaces", get_spaces},
    {"GET", "/wiki/api/v2/spaces/*", get_space},
    {"GET", "/wiki/api/v2/spaces/*/pages", get_space_pages},
    {"GET", "/wiki/api/v2/pages", get_pages},
    {"POST", "/wiki/api/v2/pages", post_page},
    {"GET", "/wiki/api/v2/pages/*", get_page},
    {"PUT", "/wiki/api/v2/pages/*", put_page},
    {"DELETE", "/wiki/api/v2/pages/*", delete_page},
    {"GET", "/wiki/api/v2/pages/*/versions", get_versions},
    {"GET", "/wiki/api/v2/pages/*/properties", get_properties},
    {"POST", "/wiki/api/v2/pages/*/properties", post_property},
    {"PUT", "/wiki/api/v2/pages/*/properties/*", put_property},
    {"DELETE", "/wiki/api/v2/pages/*/properties/*", delete_property},
    {"GET", "/wiki/rest/api/user/current", get_current_user},
};

std::string route_of(const ApiRequest& request) {
    for (const Route& route : kRoutes) {
        if (matches(request, route.method, route.shape)) {
            return fmt::format("{} {}", route.method, route.shape);
        }
    }
    return request.method + " (unknown)";
}

}  // namespace

ApiAnswer answer_confluence(
    ConfluenceModel& confluence,
    const ApiRequest& request,
    const std::string& base_url,
    const std::string& account
) {
    const Exchange exchange{confluence, request, base_url, account};
    ApiAnswer answer = v2_error_answer({404, "NOT_FOUND", "Not Found"});
    for (const Route& route : kRoutes) {
        if (!matches(request, route.method, route.shape)) continue;
        const Outcome outcome = route.answer(exchange);
        answer = outcome ? *outcome : v2_error_answer(outcome.error());
    }
    answer.route = route_of(request);
    return answer;
}

ApiAnswer answer_confluence_unauthorised(const ApiRequest& request) {
    ApiAnswer answer =
        request.path.starts_with("/wiki/rest/api")
            ? v1_error_answer(
                  403,
                  "com.atlassian.confluence.mvc.rest.common.exception."
                  "StacklessResponseStatusException: 403 FORBIDDEN \"Request rejected because "
                  "caller cannot access Confluence\""
              )
            : v2_error_answer({404, "NOT_FOUND", "Not Found"});
    answer.route = route_of(request);
    return answer;
}

}  // namespace pagepress::test
