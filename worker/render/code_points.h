// Characters of UTF-8 text that may be damaged.
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

namespace pagepress::worker {

struct CodePoint {
    std::uint32_t value = 0;
    std::size_t size = 1;  ///< bytes it takes in the text
};

/// The code point at byte `at` (< text.size()); U+FFFD with size 1 where the bytes are not UTF-8
/// (RFC 3629: overlong forms and surrogates neither).
[[nodiscard]] CodePoint code_point_at(std::string_view text, std::size_t at);

/// Appends a code point as UTF-8; U+FFFD for a surrogate and for values over U+10FFFF.
void append_utf8(std::string& out, std::uint32_t code_point);

/// Where a byte of a text is, for people: both from 1, columns in characters.
struct TextPosition {
    std::size_t row = 1;
    std::size_t column = 1;

    auto operator<=>(const TextPosition&) const = default;
};

[[nodiscard]] TextPosition position_of(std::string_view text, std::size_t at);

}  // namespace pagepress::worker
