// The text of a page, without its markup: what a reader would compare two versions by.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::worker {

/// Digest (16 hex digits) of what a page says: its title, the text of its body, the ranks of its
/// headings, and the attributes that a reader sees (addresses, people, dates, colours, names of
/// macros and their parameters). Confluence rewrites other markup on save (attributes, entities,
/// spaces, generated ids), so bytes never compare equal; the text of an untouched page does:
/// references are resolved and white space does not count. Pages that differ in other markup only
/// have the same digest.
/// Digests are remembered in Redis: whoever changes what counts gives that field a new name.
[[nodiscard]] std::string text_digest(std::string_view title, std::string_view body);

}  // namespace pagepress::worker
