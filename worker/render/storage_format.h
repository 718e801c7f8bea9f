// Confluence storage format: escaping and the well-formedness check before a body is sent.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress::worker {

/// Text as element content or attribute value: `& < > "` become entities, characters that XML 1.0
/// forbids are left out (XML 1.0 §2.2).
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// Whether `body` is well-formed storage format: XML without a root, prefixes `ac:` and `ri:`
/// bound, HTML's named entities allowed.
///
/// @errors  kInvalidInput  row and column of the first mistake, and what it is
///          kTooLarge      over 5,242,880 bytes, Confluence's own limit
[[nodiscard]] Result<void> check_storage_format(std::string_view body);

}  // namespace pagepress::worker
