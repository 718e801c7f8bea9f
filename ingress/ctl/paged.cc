#include "ingress/ctl/paged.h"

#include <algorithm>

#include "common/json/json_value.h"

namespace pagepress::ctl {

namespace json = boost::json;

Result<PagedItems> read_paged(AdminApi& api, const PagedRequest& request) {
    PagedItems read{.items = {}, .next = request.cursor};
    do {
        Filter parameters = request.filter;
        const std::size_t wanted = std::min(request.limit - read.items.size(), kPageMax);
        parameters.emplace_back("limit", std::to_string(wanted));
        if (!read.next.empty()) parameters.emplace_back("cursor", read.next);
        const auto answer = api.get(with_query(request.path, parameters));
        if (!answer) return std::unexpected(answer.error());
        if (!answer->is_success()) return fail(ErrorCode::kInvalidInput, answer->reason());
        const json::value* const member = find(answer->body, request.member);
        const json::array* const items = member == nullptr ? nullptr : member->if_array();
        if (items == nullptr) {
            return fail(ErrorCode::kCorrupt, "the server's list has no member " + request.member);
        }
        read.items.insert(read.items.end(), items->begin(), items->end());
        std::string next = string_at(answer->body, "next");
        // A cursor that leads to itself would have no end.
        if (next == read.next) next.clear();
        read.next = std::move(next);
    } while (!read.next.empty() && read.items.size() < request.limit);
    return read;
}

}  // namespace pagepress::ctl
