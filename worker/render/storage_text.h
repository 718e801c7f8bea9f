// The text of a page, without its markup: what a reader would compare two versions by.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Digest (16 hex digits) of what a page says: its title, the text of its body, and the attributes
/// that a template may fill (addresses, people, dates, colours). Confluence rewrites markup on save
/// (other attributes, entities, spaces, generated ids), so bytes never compare equal; the text of
/// an untouched page does: references are resolved and white space does not count.
/// Digests are remembered in Redis: whoever changes what counts gives that field a new name.
[[nodiscard]] std::string text_digest(std::string_view title, std::string_view body);

}  // namespace pagepress::worker
