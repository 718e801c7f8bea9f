#include "tests/support/fake_atlassian/confluence_api.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/confluence_exchange.h"
#include "tests/support/fake_atlassian/content_exchange.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

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

struct Route {
    std::string_view method;
    std::string_view shape;
    Outcome (*answer)(const Exchange&);
};

constexpr Route kRoutes[] = {
    {"GET", "/wiki/api/v2/spaces", get_spaces},
    {"GET", "/wiki/api/v2/spaces/*", get_space},
    {"GET", "/wiki/api/v2/spaces/*/operations", get_space_operations},
    {"GET", "/wiki/api/v2/spaces/*/pages", get_space_pages},
    {"GET", "/wiki/api/v2/pages", get_pages},
    {"POST", "/wiki/api/v2/pages", post_page},
    {"GET", "/wiki/api/v2/pages/*", get_page},
    {"PUT", "/wiki/api/v2/pages/*", put_page},
    {"DELETE", "/wiki/api/v2/pages/*", delete_page},
    {"GET", "/wiki/api/v2/pages/*/operations", get_page_operations},
    {"GET", "/wiki/api/v2/pages/*/versions", get_versions},
    {"GET", "/wiki/api/v2/pages/*/properties", get_properties},
    {"POST", "/wiki/api/v2/pages/*/properties", post_property},
    {"PUT", "/wiki/api/v2/pages/*/properties/*", put_property},
    {"DELETE", "/wiki/api/v2/pages/*/properties/*", delete_property},
    {"GET", "/wiki/rest/api/user/current", get_current_user},
    {"GET", "/wiki/rest/api/space/*", get_space_by_key},
    {"POST", "/wiki/rest/api/space", post_space},
    {"GET", "/wiki/rest/api/content", list_content},
    {"POST", "/wiki/rest/api/content", post_content},
    {"GET", "/wiki/rest/api/content/scan", scan_content},
    {"GET", "/wiki/rest/api/content/*", get_content},
    {"PUT", "/wiki/rest/api/content/*", put_content},
    {"DELETE", "/wiki/rest/api/content/*", delete_content},
    {"GET", "/wiki/rest/api/content/*/version", get_content_versions},
    {"GET", "/wiki/rest/experimental/content/*/version", get_content_versions},
    {"GET", "/wiki/rest/api/content/*/history", get_content_history},
    {"GET", "/wiki/rest/api/content/*/label", get_content_labels},
    {"POST", "/wiki/rest/api/content/*/label", post_labels},
    {"GET", "/wiki/rest/api/content/*/property", get_content_properties},
    {"POST", "/wiki/rest/api/content/*/property", post_content_property},
    {"GET", "/wiki/rest/api/content/*/property/*", get_content_property},
    {"POST", "/wiki/rest/api/content/*/property/*", post_content_property},
    {"PUT", "/wiki/rest/api/content/*/property/*", put_content_property},
    {"DELETE", "/wiki/rest/api/content/*/property/*", delete_content_property},
    {"POST", "/wiki/rest/api/content/*/child/attachment", post_attachment},
    {"POST", "/wiki/rest/api/contentbody/convert/*", post_convert},
};

/// Whether a product line has a route.
bool has(Flavour flavour, std::string_view shape) {
    const bool is_cloud = flavour == Flavour::kCloud;
    if (shape.starts_with("/wiki/api/v2/")) return is_cloud;
    if (shape == "/wiki/rest/api/content/*/version") return is_cloud;
    return !is_cloud ||
           !(shape.starts_with("/wiki/rest/experimental/") || shape.ends_with("/scan"));
}

/// The first that fits: `scan` is no id.
const Route* route_for(const ApiRequest& request, Flavour flavour) {
    for (const Route& route : kRoutes) {
        if (matches(request, route.method, route.shape) && has(flavour, route.shape)) return &route;
    }
    return nullptr;
}

ApiAnswer error_answer(const Exchange& exchange, const ApiError& error) {
    const bool is_v1 = exchange.request.path.starts_with("/wiki/rest/");
    return is_v1 ? v1_error_answer(error.status, error.title, exchange.flavour)
                 : v2_error_answer(error);
}

std::string route_of(const ApiRequest& request, Flavour flavour) {
    const Route* route = route_for(request, flavour);
    return route == nullptr ? request.method + " (unknown)"
                            : fmt::format("{} {}", route->method, route->shape);
}

}  // namespace

ApiAnswer answer_confluence(
    ConfluenceModel& confluence,
    const ApiRequest& request,
    const std::string& base_url,
    const std::string& account,
    Flavour flavour
) {
    const bool is_cloud = flavour == Flavour::kCloud;
    const Exchange exchange{
        confluence, request, base_url, account, flavour, is_cloud ? "/wiki" : "/confluence"};
    const ApiError unknown{404, "NOT_FOUND", "Not Found"};
    ApiAnswer answer =
        is_cloud ? v2_error_answer(unknown) : v1_error_answer(404, "null for uri", flavour);
    if (const Route* route = route_for(request, flavour)) {
        const Outcome outcome = route->answer(exchange);
        answer = outcome ? *outcome : error_answer(exchange, outcome.error());
    }
    answer.route = route_of(request, flavour);
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
    answer.route = route_of(request, Flavour::kCloud);
    return answer;
}

ApiAnswer answer_confluence_anonymous(const ApiRequest& request) {
    ApiAnswer answer = v1_error_answer(404, "No content found", Flavour::kDataCenter);
    if (request.path.ends_with("/user/current")) {
        answer =
            json_answer(200, json::object{{"type", "anonymous"}, {"displayName", "Anonymous"}});
    } else if (request.path == "/wiki/rest/api/content") {
        answer = json_answer(200, json::object{{"results", json::array()}, {"size", 0}});
    }
    answer.route = route_of(request, Flavour::kDataCenter);
    return answer;
}

}  // namespace pagepress::test
