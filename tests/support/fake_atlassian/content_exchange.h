// What the routes of API v1 have in common.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "tests/support/fake_atlassian/confluence_exchange.h"

namespace pagepress::test {

/// The members that a request of v1 asks to be shown; those of `fallback` if it asks for none.
[[nodiscard]] std::vector<std::string> expansions(
    const Exchange& exchange, std::initializer_list<std::string_view> fallback
);

/// A page as of one of its versions. Versions before the last are content of their own, with
/// another id.
[[nodiscard]] boost::json::object content_json(
    const Exchange& exchange,
    const StoredPage& page,
    const StoredVersion& version,
    const std::vector<std::string>& expand
);

[[nodiscard]] boost::json::object v1_space_json(
    const Exchange& exchange, const StoredSpace& space, const std::vector<std::string>& expand
);

[[nodiscard]] boost::json::object v1_version_json(
    const Exchange& exchange, ContentId page, const StoredVersion& version
);

/// 404 in the words of v1.
[[nodiscard]] std::unexpected<ApiError> no_content(ContentId id);

/// The page of a path, if the account sees it.
[[nodiscard]] ApiResult<const StoredPage*> page_in_path(const Exchange& exchange);

/// `start` and `limit` of a request.
struct Window {
    std::size_t start = 0;
    std::size_t limit = 0;
};

[[nodiscard]] Window read_window(const Exchange& exchange, std::size_t limit_max);

/// A part of a list, with the link to the next one.
[[nodiscard]] ApiAnswer window_answer(
    const Exchange& exchange, const boost::json::array& whole, const Window& window
);

// Routes.
Outcome list_content(const Exchange& exchange);
Outcome scan_content(const Exchange& exchange);
Outcome get_content(const Exchange& exchange);
Outcome get_content_versions(const Exchange& exchange);
Outcome get_content_history(const Exchange& exchange);
Outcome get_content_labels(const Exchange& exchange);
Outcome get_content_properties(const Exchange& exchange);
Outcome get_content_property(const Exchange& exchange);
Outcome get_space_by_key(const Exchange& exchange);
Outcome post_content(const Exchange& exchange);
Outcome put_content(const Exchange& exchange);
Outcome delete_content(const Exchange& exchange);
Outcome post_content_property(const Exchange& exchange);
Outcome put_content_property(const Exchange& exchange);
Outcome delete_content_property(const Exchange& exchange);
Outcome post_space(const Exchange& exchange);
Outcome post_convert(const Exchange& exchange);
Outcome post_attachment(const Exchange& exchange);

/// A content of type comment.
Outcome post_comment(const Exchange& exchange, const boost::json::value& body);

}  // namespace pagepress::test
