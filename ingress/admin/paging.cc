#include "ingress/admin/paging.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "common/catalog/documents.h"
#include "common/http_server/query.h"

namespace pagepress::ingress {

namespace {

std::string joined(std::initializer_list<std::string_view> names) {
    std::string text;
    for (const std::string_view name : names) text.append(text.empty() ? "" : ", ").append(name);
    return text;
}

}  // namespace

std::expected<QueryValues, HttpReply> read_query(
    const HttpRequest& request, std::initializer_list<std::string_view> allowed
) {
    QueryValues values;
    std::string_view rest = request.query;
    while (!rest.empty()) {
        const std::string_view pair = rest.substr(0, rest.find('&'));
        rest.remove_prefix(std::min(rest.size(), pair.size() + 1));
        if (pair.empty()) continue;
        const std::size_t equals = std::min(pair.find('='), pair.size());
        const auto name = percent_decoded(pair.substr(0, equals), PlusSign::kSpace);
        const auto value =
            percent_decoded(pair.substr(std::min(pair.size(), equals + 1)), PlusSign::kSpace);
        if (!name || !value) {
            return std::unexpected(problem_reply(400, "The query's percent encoding is broken."));
        }
        if (std::ranges::find(allowed, *name) == allowed.end()) {
            return std::unexpected(problem_reply(
                400, "The parameter '" + *name + "' is not known here; allowed: " + joined(allowed)
            ));
        }
        if (!values.emplace(*name, *value).second) {
            return std::unexpected(problem_reply(400, "The parameter '" + *name + "' comes twice.")
            );
        }
    }
    return values;
}

std::expected<std::size_t, HttpReply> read_limit(const QueryValues& query) {
    const auto found = query.find("limit");
    if (found == query.end()) return kPageDefault;
    const std::string& text = found->second;
    std::size_t limit = 0;
    const char* const end = text.data() + text.size();
    const auto parsed = std::from_chars(text.data(), end, limit);
    if (parsed.ec == std::errc() && parsed.ptr == end && limit >= 1 && limit <= kPageMax) {
        return limit;
    }
    return std::unexpected(problem_reply(
        400, "The parameter 'limit' must be a number from 1 to " + std::to_string(kPageMax) + "."
    ));
}

std::expected<IdPage, HttpReply> page_of(const HttpRequest& request, std::vector<std::string> ids) {
    const auto query = read_query(request, {"limit", "cursor"});
    if (!query) return std::unexpected(query.error());
    const auto limit = read_limit(*query);
    if (!limit) return std::unexpected(limit.error());
    IdPage page{.ids = std::move(ids), .next = {}};
    if (const auto cursor = query->find("cursor"); cursor != query->end()) {
        if (!cursor->second.empty() && !is_entry_id(cursor->second)) {
            return std::unexpected(
                problem_reply(400, "The parameter 'cursor' must be the 'next' of an answer.")
            );
        }
        const auto first = std::ranges::upper_bound(page.ids, cursor->second);
        page.ids.erase(page.ids.begin(), first);
    }
    if (page.ids.size() > *limit) {
        page.ids.resize(*limit);
        page.next = page.ids.back();
    }
    return page;
}

}  // namespace pagepress::ingress
