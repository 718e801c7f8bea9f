#include "worker/render/code_points.h"

#include <algorithm>

namespace pagepress::worker {

namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;
constexpr std::uint32_t kCodePointMax = 0x10FFFF;

bool is_surrogate(std::uint32_t value) {
    return value >= 0xD800 && value <= 0xDFFF;
}

unsigned char byte_at(std::string_view text, std::size_t at) {
    return static_cast<unsigned char>(text[at]);
}

/// Bytes that follow a lead byte; 0 for ASCII and for what is no lead byte.
std::size_t continuation_count(unsigned char lead) {
    if (lead >= 0xC2 && lead <= 0xDF) return 1;
    if (lead >= 0xE0 && lead <= 0xEF) return 2;
    if (lead >= 0xF0 && lead <= 0xF4) return 3;
    return 0;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
    const unsigned char lead = byte_at(text, at);
    if (lead < 0x80) return {.value = lead, .size = 1};
    const CodePoint damaged{.value = kReplacement, .size = 1};
    const std::size_t following = continuation_count(lead);
    if (following == 0 || text.size() - at <= following) return damaged;

    std::uint32_t value = lead & (0x3Fu >> following);
    for (std::size_t i = 1; i <= following; ++i) {
        const unsigned char byte = byte_at(text, at + i);
        if ((byte & 0xC0) != 0x80) return damaged;
        value = value << 6 | (byte & 0x3Fu);
    }
    const bool overlong = (following == 2 && value < 0x800) || (following == 3 && value < 0x10000);
    if (overlong || is_surrogate(value) || value > kCodePointMax) return damaged;
    return {.value = value, .size = following + 1};
}

void append_utf8(std::string& out, std::uint32_t code_point) {
    if (is_surrogate(code_point) || code_point > kCodePointMax) code_point = kReplacement;
    const auto push = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        push(code_point);
        return;
    }
    if (code_point < 0x800) {
        push(0xC0 | code_point >> 6);
    } else {
        if (code_point < 0x10000) {
            push(0xE0 | code_point >> 12);
        } else {
            push(0xF0 | code_point >> 18);
            push(0x80 | (code_point >> 12 & 0x3F));
        }
        push(0x80 | (code_point >> 6 & 0x3F));
    }
    push(0x80 | (code_point & 0x3F));
}

TextPosition position_of(std::string_view text, std::size_t at) {
    TextPosition position;
    for (std::size_t i = 0; i < std::min(at, text.size()); i += code_point_at(text, i).size) {
        if (text[i] == '\n') {
            ++position.row;
            position.column = 1;
        } else {
            ++position.column;
        }
    }
    return position;
}

}  // namespace pagepress::worker
