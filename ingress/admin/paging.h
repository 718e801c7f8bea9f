// The query of a list: what may stand there, and which page of ids it asks for.
#pragma once

#include <cstddef>
#include <expected>
#include <initializer_list>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "common/http_server/http_server.h"

namespace pagepress::ingress {

/// Decoded query parameters by name.
using QueryValues = std::map<std::string, std::string, std::less<>>;

/// Items of a page without a `limit`, and at most.
inline constexpr std::size_t kPageDefault = 100;
inline constexpr std::size_t kPageMax = 1'000;

/// Parameters of a request. A name that is not `allowed` would be a filter that does not filter, so
/// it is a 400, as is one that comes twice or is not encoded well.
[[nodiscard]] std::expected<QueryValues, HttpReply> read_query(
    const HttpRequest& request, std::initializer_list<std::string_view> allowed
);

/// The parameter `limit`, 1 to `kPageMax`; `kPageDefault` if it is missing.
[[nodiscard]] std::expected<std::size_t, HttpReply> read_limit(const QueryValues& query);

struct IdPage {
    std::vector<std::string> ids;
    std::string next;  ///< cursor of the page that follows; empty: this is the last one
};

/// The page of `ids`, which are ordered, that `limit` and `cursor` ask for. A cursor is the last id
/// of a page, so it stays good while entries come and go.
[[nodiscard]] std::expected<IdPage, HttpReply> page_of(
    const HttpRequest& request, std::vector<std::string> ids
);

}  // namespace pagepress::ingress
