#include <algorithm>
#include <ranges>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/confluence_exchange.h"
#include "tests/support/fake_atlassian/confluence_listing.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

std::unexpected<ApiError> refuse(int status, std::string code, std::string title) {
    return std::unexpected(ApiError{status, std::move(code), std::move(title)});
}

ApiResult<BodyForm> read_body_form(const ApiRequest& request) {
    const std::string format = query_value(request, "body-format");
    if (format.empty()) return BodyForm::kNone;
    if (format == "storage") return BodyForm::kStorage;
    return bad_request(
        fmt::format("Provided value {{{}}} for 'body-format' is not simulated here.", format)
    );
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

/// What the account may do; here everything that is listed.
json::object operations_json(
    std::initializer_list<std::pair<std::string_view, std::string_view>> permitted
) {
    json::array operations;
    for (const auto& [operation, target] : permitted) {
        operations.push_back(json::object{{"operation", operation}, {"targetType", target}});
    }
    return {{"operations", std::move(operations)}};
}

}  // namespace

std::unexpected<ApiError> bad_request(std::string title) {
    return refuse(400, "INVALID_REQUEST_PARAMETER", std::move(title));
}

std::unexpected<ApiError> not_found(std::string title) {
    return refuse(404, "NOT_FOUND", std::move(title));
}

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

json::object full_page_json(const Exchange& exchange, const StoredPage& page, BodyForm form) {
    const StoredSpace* space = exchange.confluence.space_by_id(page.space);
    json::object out = page_json(page, *space, page.latest(), form);
    out["_links"].as_object()["base"] = exchange.base_url + "/wiki";
    return out;
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
        return not_found(fmt::format("Cannot find a space with id [{}]", *id));
    }
    return json_answer(200, space_json(*space));
}

Outcome get_space_operations(const Exchange& exchange) {
    const auto space = get_space(exchange);
    if (!space) return space;
    return json_answer(
        200, operations_json({{"read", "space"}, {"create", "page"}, {"create", "attachment"}})
    );
}

Outcome get_page_operations(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) return std::unexpected(page.error());
    return json_answer(
        200, operations_json({{"read", "page"}, {"update", "page"}, {"delete", "page"}})
    );
}

Outcome get_space_pages(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    if (exchange.confluence.space_by_id(*id) == nullptr) {
        return not_found(fmt::format("Cannot find a space with id [{}]", *id));
    }
    return list_answer_of(exchange, *id);
}

Outcome get_pages(const Exchange& exchange) {
    return list_answer_of(exchange, 0);
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
        return not_found(fmt::format("Cannot find a page with id [{}]", *id));
    }
    json::object out = full_page_json(exchange, **page, *form);
    const std::string number = query_value(exchange.request, "version");
    if (!number.empty()) {
        const auto wanted = whole_number(number).value_or(0);
        if (wanted < 1 || wanted > (*page)->latest().number) {
            return not_found(fmt::format("Cannot find version [{}]", number));
        }
        const auto& version = (*page)->versions[static_cast<std::size_t>(wanted - 1)];
        out = page_json(**page, *exchange.confluence.space_by_id((*page)->space), version, *form);
    }
    if (query_value(exchange.request, "include-versions") == "true") {
        out["versions"] = versions_json(**page);
    }
    if (query_value(exchange.request, "include-labels") == "true") {
        out["labels"] = labels_json(**page);
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

Outcome get_properties(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) {
        return not_found(fmt::format("Could not find page with id [{}]", *id));
    }
    const auto keys = query_list(exchange.request, "key");
    json::array results;
    for (const auto& [key, property] : (*page)->properties) {
        if (!keys.empty() && std::ranges::find(keys, key) == keys.end()) continue;
        results.push_back(property_json(property));
    }
    return list_answer(exchange.request, std::move(results), std::nullopt, exchange.base_url);
}

Outcome get_current_user(const Exchange& exchange) {
    if (exchange.flavour == Flavour::kDataCenter) {
        return json_answer(
            200,
            json::object{
                {"type", "known"},
                {"username", exchange.account},
                {"userKey", "8a7f808176ac"},
                {"displayName", "Service Account"}}
        );
    }
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

}  // namespace pagepress::test
