// What API v1 answers to GET.
#include <algorithm>
#include <ranges>

#include <fmt/format.h>

#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/content_exchange.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

bool has(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

/// The statuses that a request asks for. On Data Center `any` is current and trashed.
bool is_asked_for(const Exchange& exchange, const StoredPage& page) {
    const auto statuses = query_list(exchange.request, "status");
    if (statuses.empty()) return page.status == ContentStatus::kCurrent;
    return has(statuses, "any") || has(statuses, name_of(page.status));
}

/// `history.createdDate desc`, which only Cloud knows.
bool is_newest_first(const Exchange& exchange) {
    return exchange.flavour == Flavour::kCloud &&
           query_value(exchange.request, "orderby") == "history.createdDate desc";
}

bool is_listed(const Exchange& exchange, const StoredPage& page) {
    const std::string space = query_value(exchange.request, "spaceKey");
    const std::string title = query_value(exchange.request, "title");
    const auto ids = query_list(exchange.request, "ids");
    const bool takes_ids = exchange.flavour == Flavour::kDataCenter && !ids.empty();
    return is_asked_for(exchange, page) && query_value(exchange.request, "type") != "blogpost" &&
           (space.empty() || exchange.confluence.space_by_id(page.space)->key == space) &&
           (title.empty() || page.latest().title == title) &&
           (!takes_ids || has(ids, std::to_string(page.id)));
}

/// `content:false:123`: what comes behind that id.
ApiResult<ContentId> read_cursor(const Exchange& exchange) {
    const std::string cursor = query_value(exchange.request, "cursor");
    constexpr std::string_view kForward = "content:false:";
    if (cursor.empty() || cursor == "content:false:null") return 0;
    const auto id = whole_number(std::string_view(cursor).substr(
        cursor.starts_with(kForward) ? kForward.size() : cursor.size()
    ));
    if (id) return *id;
    return bad_request("Invalid cursor: " + cursor);
}

json::object links_json(const Exchange& exchange) {
    return {{"base", exchange.base_url + exchange.context}, {"context", exchange.context}};
}

/// The request's path relative to the context, with its query but for what changes.
std::string next_address(const Exchange& exchange, std::initializer_list<NameAndValue> changed) {
    std::string address = "/";
    for (std::size_t i = 1; i < exchange.request.segments.size(); ++i) {
        if (i > 1) address += "/";
        address += exchange.request.segments[i];
    }
    char separator = '?';
    const auto add = [&](const NameAndValue& parameter) {
        address += separator + parameter.first + "=" + query_encoded(parameter.second);
        separator = '&';
    };
    for (const NameAndValue& parameter : exchange.request.query) {
        const bool is_changed = std::ranges::any_of(changed, [&](const NameAndValue& other) {
            return other.first == parameter.first;
        });
        if (!is_changed) add(parameter);
    }
    for (const NameAndValue& parameter : changed) add(parameter);
    return address;
}

}  // namespace

std::unexpected<ApiError> no_content(ContentId id) {
    return not_found(fmt::format("No content found with id : ContentId{{id={}}}", id));
}

ApiResult<const StoredPage*> page_in_path(const Exchange& exchange) {
    const auto id = id_in_path(exchange, 4);
    if (!id) return std::unexpected(id.error());
    const auto page = exchange.confluence.read(*id);
    if (!page) return no_content(*id);
    return *page;
}

Window read_window(const Exchange& exchange, std::size_t limit_max) {
    constexpr std::size_t kDefault = 25;
    const auto start = whole_number(query_value(exchange.request, "start"));
    const auto limit = whole_number(query_value(exchange.request, "limit"));
    const auto wanted = limit ? static_cast<std::size_t>(*limit) : kDefault;
    return {
        .start = static_cast<std::size_t>(start.value_or(0)), .limit = std::min(wanted, limit_max)};
}

ApiAnswer window_answer(const Exchange& exchange, const json::array& whole, const Window& window) {
    json::array results;
    const std::size_t begin = std::min(window.start, whole.size());
    const std::size_t end = std::min(begin + window.limit, whole.size());
    for (std::size_t i = begin; i < end; ++i) results.push_back(whole[i]);
    json::object links = links_json(exchange);
    if (end < whole.size()) {
        links["next"] = next_address(
            exchange, {{"limit", std::to_string(window.limit)}, {"start", std::to_string(end)}}
        );
    }
    const auto size = results.size();
    return json_answer(
        200,
        json::object{
            {"results", std::move(results)},
            {"start", window.start},
            {"limit", window.limit},
            {"size", size},
            {"_links", std::move(links)}}
    );
}

Outcome list_content(const Exchange& exchange) {
    const auto expand = expansions(exchange, {"history", "space", "version"});
    std::vector<const StoredPage*> found;
    for (const StoredPage& page : exchange.confluence.pages() | std::views::values) {
        if (is_listed(exchange, page)) found.push_back(&page);
    }
    if (is_newest_first(exchange)) std::ranges::reverse(found);
    json::array whole;
    for (const StoredPage* page : found) {
        whole.push_back(content_json(exchange, *page, page->latest(), expand));
    }
    // The server caps answers, and those with bodies more so.
    const std::size_t limit_max = has(expand, "body.storage") ? 50 : 200;
    return window_answer(exchange, whole, read_window(exchange, limit_max));
}

Outcome scan_content(const Exchange& exchange) {
    const auto expand = expansions(exchange, {"history", "space", "version"});
    const auto behind = read_cursor(exchange);
    if (!behind) return std::unexpected(behind.error());
    const std::size_t limit = std::max<std::size_t>(read_window(exchange, 200).limit, 1);
    json::array results;
    ContentId last = 0;
    bool has_more = false;
    for (const auto& [id, page] : exchange.confluence.pages()) {
        if (id <= *behind || !is_listed(exchange, page)) continue;
        has_more = results.size() == limit;
        if (has_more) break;
        results.push_back(content_json(exchange, page, page.latest(), expand));
        last = id;
    }
    json::object links = links_json(exchange);
    const auto size = results.size();
    json::object out{{"results", std::move(results)}, {"limit", limit}, {"size", size}};
    if (has_more) {
        const std::string cursor = fmt::format("content:false:{}", last);
        out["nextCursor"] = cursor;
        links["next"] = next_address(exchange, {{"cursor", cursor}});
    }
    out["_links"] = std::move(links);
    return json_answer(200, out);
}

Outcome get_content(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const auto expand = expansions(exchange, {"history", "space", "version"});
    const auto statuses = query_list(exchange.request, "status");
    const auto number = whole_number(query_value(exchange.request, "version"));
    if (!number || !has(statuses, "historical")) {
        if (!is_asked_for(exchange, **page)) return no_content((*page)->id);
        return json_answer(200, content_json(exchange, **page, (*page)->latest(), expand));
    }
    // The current version is none of the past to Data Center.
    const auto newest =
        (*page)->latest().number - (exchange.flavour == Flavour::kDataCenter ? 1 : 0);
    if (*number < 1 || *number > newest) return no_content((*page)->id);
    const StoredVersion& version = (*page)->versions[static_cast<std::size_t>(*number - 1)];
    return json_answer(200, content_json(exchange, **page, version, expand));
}

Outcome get_content_versions(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    json::array whole;
    for (const StoredVersion& version : (*page)->versions | std::views::reverse) {
        whole.push_back(v1_version_json(exchange, (*page)->id, version));
    }
    return window_answer(exchange, whole, read_window(exchange, 200));
}

Outcome get_content_history(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const json::object whole = content_json(exchange, **page, (*page)->latest(), {"history"});
    return json_answer(200, whole.at("history"));
}

Outcome get_content_labels(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    return window_answer(exchange, label_list(**page), read_window(exchange, 200));
}

Outcome get_content_properties(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    json::array whole;
    for (const StoredProperty& property : (*page)->properties | std::views::values) {
        whole.push_back(property_json(property));
    }
    return window_answer(exchange, whole, read_window(exchange, 200));
}

Outcome get_content_property(const Exchange& exchange) {
    const auto page = page_in_path(exchange);
    if (!page) return std::unexpected(page.error());
    const std::string& key = exchange.request.segments[6];
    const auto found = (*page)->properties.find(key);
    if (found == (*page)->properties.end()) {
        return not_found(fmt::format("Cannot find content property with key {}", key));
    }
    return json_answer(200, property_json(found->second));
}

Outcome get_space_by_key(const Exchange& exchange) {
    const StoredSpace* space = exchange.confluence.space_by_key(exchange.request.segments[4]);
    if (space == nullptr) return not_found("No space with the given key exists");
    return json_answer(200, v1_space_json(exchange, *space, expansions(exchange, {})));
}

}  // namespace pagepress::test
