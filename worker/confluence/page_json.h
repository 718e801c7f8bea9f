// Pages, versions, properties and labels as the REST APIs write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include "common/base/error.h"
#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// A PageSingle or PageBulk without its `versions`.
/// @errors  kCorrupt  id, status or version number is missing
[[nodiscard]] Result<Page> page_from(const boost::json::value& value);

/// A piece of content of API v1. Its space id is the space's key, since v1 asks for spaces by key.
/// @errors  kCorrupt  id, status or version number is missing
[[nodiscard]] Result<Page> content_from(const boost::json::value& value);

/// One version.
///
/// @param time  member that holds its time: `createdAt` (v2), `when` (v1)
/// @errors  kCorrupt  number or time is missing
[[nodiscard]] Result<PageVersion> version_from(
    const boost::json::value& value, std::string_view time
);

/// Entries of a list of versions, in its order.
/// @errors  kCorrupt  a version without number or time
[[nodiscard]] Result<std::vector<PageVersion>> versions_from(
    const boost::json::value& list, std::string_view time
);

/// Whether the versions that came with a page are all since `since`. `included` is the list as it
/// came; null if there is none.
[[nodiscard]] bool are_versions_complete(
    const boost::json::value* included, const Page& page, UnixMillis since
);

void sort_newest_first(std::vector<PageVersion>& versions);

/// A body in storage format, as both APIs take it.
[[nodiscard]] boost::json::object storage_json(const std::string& text);

/// Labels as API v1 takes them.
[[nodiscard]] boost::json::array labels_json(const std::vector<std::string>& labels);

/// What a create or update answered.
/// @errors  kUnknownOutcome  id or version number is missing
[[nodiscard]] Result<SavedPage> saved_from(const boost::json::value& value);

/// The entry of a list of properties that has this key.
[[nodiscard]] std::optional<PageProperty> property_from(
    const boost::json::value& list, std::string_view key
);

/// Items of `results`, or null if there is no such list.
[[nodiscard]] const boost::json::array* results_of(const boost::json::value& list);

/// Path of the next part of a list, relative to the base URL; empty after the last part.
///
/// `_links.next` is relative to the site and includes `/wiki` (v2), to which a gateway's base URL
/// adds more, or to the base URL (v1), so only what follows the API's root is taken. That also
/// keeps us on our host.
///
/// @param root  `/api/v2/`
/// @errors  kCorrupt  a next link to somewhere else
[[nodiscard]] Result<std::string> next_path_of(
    const boost::json::value& list, std::string_view root
);

/// Whether two titles are the same to Confluence, which ignores case and outer spaces. Letters
/// beyond ASCII count as equal: their case is left to the server's own search.
[[nodiscard]] bool is_same_title(std::string_view left, std::string_view right);

}  // namespace pagepress::worker
