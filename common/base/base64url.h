// Bytes as text that needs no escaping in addresses: base64url without padding (RFC 4648 §5).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pagepress {

[[nodiscard]] std::string to_base64url(std::string_view bytes);

/// Bytes of such a text; empty if `text` is anything else, which includes one that `to_base64url`
/// would write otherwise.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);

}  // namespace pagepress
