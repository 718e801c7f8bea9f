// The text of a body, without its markup: what a reader would compare two bodies by.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Digest (hex) of the text of a body. Confluence rewrites markup on save (attributes, entities,
/// spaces, generated ids), so bytes never compare equal; the text of an untouched body does:
/// references are resolved and white space does not count.
[[nodiscard]] std::string text_digest(std::string_view body);

}  // namespace pagepress::worker
