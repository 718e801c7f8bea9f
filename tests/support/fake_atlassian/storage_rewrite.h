// What Confluence changes in a body when it saves it, so that nobody compares bytes with what was
// sent.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pagepress::test {

/// The body as the server keeps it: a space before `/>`, `ac:schema-version`, `ac:macro-id` and
/// `ac:local-id` on macros, `local-id` on paragraphs, `ri:version-at-save` on page references,
/// `&quot;` and `&apos;` in text as plain characters. What is there already is kept, so a body that
/// was read and is saved again stays the same. Requires well-formed storage format.
///
/// @param next_id  source of the generated ids; moved on
[[nodiscard]] std::string rewritten_on_save(std::string_view body, std::uint64_t& next_id);

}  // namespace pagepress::test
