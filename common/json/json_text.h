// Writing JSON text by hand where a value tree would be waste (log lines, replies, job records).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace pagepress {

/// Appends `value` as a JSON string with quotes (RFC 8259 §7). Bytes that are not UTF-8 become
/// U+FFFD, so that the result is always valid JSON.
void append_json_string(std::string& out, std::string_view value);

/// Appends a member to a JSON object whose text so far is `out` (`{` at least), with the comma
/// before it. A text that is empty is left out.
void append_json_member(std::string& out, std::string_view name, std::string_view value);
void append_json_member(std::string& out, std::string_view name, std::int64_t value);

/// Whether `text` is valid UTF-8 (no surrogates, no overlong forms; RFC 3629).
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace pagepress
