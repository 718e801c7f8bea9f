// The text of a body, without its markup: what a reader would compare two bodies by.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Whether two bodies hold the same text. Confluence rewrites markup on save (attributes, entities,
/// spaces), so bytes never compare equal, but text does: references are resolved, runs of white
/// space count as one.
[[nodiscard]] bool is_same_text(std::string_view left, std::string_view right);

}  // namespace pagepress::worker
