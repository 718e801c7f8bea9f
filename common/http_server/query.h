// Percent-encoding and query strings of requests (RFC 3986 §2.1; `+` as in HTML forms).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pagepress {

/// What `+` stands for.
enum class PlusSign { kLiteral, kSpace };

/// `text` with `%XX` decoded. Empty optional if an escape is broken.
[[nodiscard]] std::optional<std::string> percent_decoded(std::string_view text, PlusSign plus);

/// Value of the first parameter `name` in `query`; see HttpRequest::query_parameter.
[[nodiscard]] std::optional<std::string> find_query_parameter(
    std::string_view query, std::string_view name
);

}  // namespace pagepress
