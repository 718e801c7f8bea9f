// Cursor paging of Confluence v2: opaque cursors that are bound to their query, and the links to
// the next page.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/array.hpp>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/confluence_model.h"

namespace pagepress::test {

/// The place of an item in an ordered list: sort value, then id. Stays valid while the list
/// changes around it.
struct ListPlace {
    std::int64_t value = 0;
    std::int64_t id = 0;

    friend auto operator<=>(const ListPlace&, const ListPlace&) = default;
};

struct ListRequest {
    std::size_t limit = 25;
    std::optional<ListPlace> after;  ///< of the last item of the previous page
};

/// Reads `limit` (1…250) and `cursor`.
[[nodiscard]] ApiResult<ListRequest> read_list_request(const ApiRequest& request);

/// The answer to a list request: `results`, `_links.base`, and, with `next`, `_links.next` (with
/// its `/wiki/api/v2`) and the `Link` header.
[[nodiscard]] ApiAnswer list_answer(
    const ApiRequest& request,
    boost::json::array results,
    const std::optional<ListPlace>& next,
    const std::string& base_url
);

/// A page of pages.
struct PageList {
    std::vector<const StoredPage*> pages;
    std::optional<ListPlace> next;
};

/// Pages that the query (`space-id`, `id`, `title`, `status`, `sort`) asks for.
///
/// @param space  0 for any, or the space of the path
[[nodiscard]] ApiResult<PageList> list_pages(
    const ConfluenceModel& confluence, const ApiRequest& request, ContentId space
);

}  // namespace pagepress::test
