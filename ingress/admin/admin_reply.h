// Replies, headers and members of bodies that the admin routes share.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/error.h"
#include "common/catalog/documents.h"
#include "common/http_server/http_server.h"

namespace pagepress::ingress {

/// 422 with `"errors":[{"field","message"}]`.
[[nodiscard]] HttpReply validation_reply(const std::vector<Problem>& problems);

/// The reply for an error of the catalog writer or of Kafka's admin calls.
[[nodiscard]] HttpReply error_reply(const Error& error);

/// 409: the entry is not the one that the caller has seen.
[[nodiscard]] HttpReply changed_reply(std::int64_t revision);

/// A whole number member in [1, high]; `fallback` if it is missing or wrong, which is a problem.
[[nodiscard]] int read_number(
    const boost::json::value& body,
    std::string_view name,
    int fallback,
    int high,
    std::vector<Problem>& problems
);

/// What the caller's `If-Match` / `If-None-Match` demand: a revision, 0 for "must not exist", empty
/// for nothing.
///
/// @errors  kInvalidInput  a header that is there, be it empty, and neither `"<revision>"` nor
///                         (If-None-Match) `*`
[[nodiscard]] Result<std::optional<std::int64_t>> demanded_revision(const HttpRequest& request);

}  // namespace pagepress::ingress
