#include "tests/support/fake_atlassian/confluence_listing.h"

#include <algorithm>
#include <ranges>

#include <boost/json/object.hpp>
#include <fmt/format.h>

#include "common/base/digest.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

constexpr std::size_t kDigestSize = 16;

std::unexpected<ApiError> refuse(std::string title) {
    return std::unexpected(ApiError{400, "INVALID_REQUEST_PARAMETER", std::move(title)});
}

/// The query without what changes from page to page.
std::string fixed_query(const ApiRequest& request) {
    std::string text;
    for (const auto& [name, value] : request.query) {
        if (name == "cursor" || name == "limit") continue;
        text += fmt::format("&{}={}", query_encoded(name), query_encoded(value));
    }
    return text;
}

std::string cursor_of(const ApiRequest& request, const ListPlace& place) {
    const std::string digest = to_hex(sha256(request.path + fixed_query(request)));
    // The padding makes clients that build or re-encode cursors themselves fail here, as they
    // would with the real, base64 ones.
    return fmt::format("{}.{}.{}==", digest.substr(0, kDigestSize), place.value, place.id);
}

std::optional<ListPlace> place_of(const ApiRequest& request, std::string_view cursor) {
    const std::size_t first = cursor.find('.');
    const std::size_t second = cursor.rfind('.');
    if (first == std::string_view::npos || first == second || !cursor.ends_with("==")) {
        return std::nullopt;
    }
    const auto value = whole_number(cursor.substr(first + 1, second - first - 1));
    const auto id = whole_number(cursor.substr(second + 1, cursor.size() - second - 3));
    if (!value || !id) return std::nullopt;
    const ListPlace place{.value = *value, .id = *id};
    if (cursor_of(request, place) != cursor) return std::nullopt;
    return place;
}

struct PageOrder {
    std::string by;
    bool descending = false;
};

ApiResult<PageOrder> read_order(const ApiRequest& request) {
    std::string sort = query_value(request, "sort");
    PageOrder order;
    order.descending = sort.starts_with('-');
    if (order.descending) sort.erase(0, 1);
    order.by = sort.empty() ? "id" : sort;
    if (order.by != "id" && order.by != "created-date" && order.by != "modified-date") {
        return refuse(
            fmt::format("Provided value {{{}}} for 'sort' is not one of the supported ones.", sort)
        );
    }
    return order;
}

ListPlace place_of_page(const StoredPage& page, const PageOrder& order) {
    if (order.by == "created-date") return {.value = page.created_at, .id = page.id};
    if (order.by == "modified-date") return {.value = page.latest().created_at, .id = page.id};
    return {.value = 0, .id = page.id};
}

/// Which pages a query is about.
struct PageFilter {
    std::vector<std::string> spaces;
    std::vector<std::string> ids;
    std::vector<std::string> statuses;
    bool by_title = false;
    std::string title;
};

bool contains(const std::vector<std::string>& list, const std::string& item) {
    return std::ranges::find(list, item) != list.end();
}

bool passes(const StoredPage& page, const PageFilter& filter) {
    return (filter.spaces.empty() || contains(filter.spaces, std::to_string(page.space))) &&
           (filter.ids.empty() || contains(filter.ids, std::to_string(page.id))) &&
           contains(filter.statuses, name_of(page.status)) &&
           (!filter.by_title || lower_case(page.latest().title) == filter.title);
}

ApiResult<PageFilter> read_filter(const ApiRequest& request, ContentId space) {
    PageFilter filter{
        .spaces = query_list(request, "space-id"),
        .ids = query_list(request, "id"),
        .statuses = query_list(request, "status"),
        .title = lower_case(query_value(request, "title")),
    };
    if (space != 0) filter.spaces = {std::to_string(space)};
    if (filter.statuses.empty()) filter.statuses = {"current", "archived"};
    for (const std::string& status : filter.statuses) {
        if (status == "current" || status == "archived" || status == "trashed" ||
            status == "deleted") {
            continue;
        }
        return refuse(fmt::format("Provided value {{{}}} for 'status' is not supported.", status));
    }
    for (const std::string& id : filter.spaces) {
        if (whole_number(id)) continue;
        return refuse(fmt::format(
            "Provided value {{{}}} for 'space-id' is not the correct type. Expected type is long.",
            id
        ));
    }
    filter.by_title = std::ranges::any_of(request.query, [](const NameAndValue& parameter) {
        return parameter.first == "title";
    });
    return filter;
}

}  // namespace

ApiResult<ListRequest> read_list_request(const ApiRequest& request) {
    constexpr std::int64_t kLimitMax = 250;
    ListRequest list;
    const std::string limit = query_value(request, "limit");
    if (!limit.empty()) {
        const auto number = whole_number(limit);
        if (!number || *number < 1 || *number > kLimitMax) {
            return refuse(fmt::format(
                "Provided value {{{}}} for 'limit' is not in the range 1 to 250.", limit
            ));
        }
        list.limit = static_cast<std::size_t>(*number);
    }
    const std::string cursor = query_value(request, "cursor");
    if (!cursor.empty()) {
        list.after = place_of(request, cursor);
        if (!list.after) {
            return refuse(fmt::format("Provided value {{{}}} for 'cursor' is invalid.", cursor));
        }
    }
    return list;
}

ApiAnswer list_answer(
    const ApiRequest& request,
    json::array results,
    const std::optional<ListPlace>& next,
    const std::string& base_url
) {
    json::object links{{"base", base_url + "/wiki"}};
    std::string address;
    if (next) {
        const std::string limit = query_value(request, "limit");
        address = fmt::format(
            "{}?cursor={}{}{}",
            request.path,
            query_encoded(cursor_of(request, *next)),
            limit.empty() ? "" : "&limit=" + limit,
            fixed_query(request)
        );
        links["next"] = address;
    }
    ApiAnswer answer = json_answer(
        200, json::object{{"results", std::move(results)}, {"_links", std::move(links)}}
    );
    if (next) answer.headers.emplace_back("Link", fmt::format("<{}>; rel=\"next\"", address));
    return answer;
}

ApiResult<PageList> list_pages(
    const ConfluenceModel& confluence, const ApiRequest& request, ContentId space
) {
    const auto list = read_list_request(request);
    if (!list) return std::unexpected(list.error());
    const auto order = read_order(request);
    if (!order) return std::unexpected(order.error());
    const auto filter = read_filter(request, space);
    if (!filter) return std::unexpected(filter.error());
    const auto comes_first = [&](const ListPlace& left, const ListPlace& right) {
        return order->descending ? left > right : left < right;
    };
    std::vector<std::pair<ListPlace, const StoredPage*>> found;
    for (const StoredPage& page : confluence.pages() | std::views::values) {
        const ListPlace place = place_of_page(page, *order);
        if (!passes(page, *filter)) continue;
        if (!list->after || comes_first(*list->after, place)) found.emplace_back(place, &page);
    }
    std::ranges::sort(found, [&](const auto& left, const auto& right) {
        return comes_first(left.first, right.first);
    });
    PageList out;
    for (const auto& [place, page] : found) {
        if (out.pages.size() == list->limit) {
            out.next = place_of_page(*out.pages.back(), *order);
            break;
        }
        out.pages.push_back(page);
    }
    return out;
}

}  // namespace pagepress::test
