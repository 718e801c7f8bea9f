#include "common/json/json_text.h"

#include <algorithm>
#include <cstdint>

namespace pagepress {

namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_continuation(std::string_view text, std::size_t at) {
    return at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0U) == 0x80U;
}

/// Length of the UTF-8 sequence that starts at `at` (1..4), or 0 if there is none (RFC 3629 §4).
std::size_t sequence_length(std::string_view text, std::size_t at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    if (lead < 0x80) return 1;
    if (lead < 0xC2 || lead > 0xF4 || !is_continuation(text, at + 1)) return 0;
    const auto second = static_cast<unsigned char>(text[at + 1]);
    if (lead < 0xE0) return 2;
    if ((lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F)) return 0;
    if ((lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F)) return 0;
    if (!is_continuation(text, at + 2)) return 0;
    if (lead < 0xF0) return 3;
    return is_continuation(text, at + 3) ? 4 : 0;
}

bool is_plain(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x7F && byte != '"' && byte != '\\';
}

void append_escape(std::string& out, unsigned char byte) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    switch (byte) {
        case '"':
            out.append("\\\"");
            return;
        case '\\':
            out.append("\\\\");
            return;
        case '\n':
            out.append("\\n");
            return;
        case '\r':
            out.append("\\r");
            return;
        case '\t':
            out.append("\\t");
            return;
        default:
            out.append("\\u00");
            out.push_back(kDigits[byte >> 4U]);
            out.push_back(kDigits[byte & 0xFU]);
    }
}

void append_name(std::string& out, std::string_view name) {
    if (out.back() != '{') out.push_back(',');
    out.append("\"").append(name).append("\":");
}

}  // namespace

void append_json_string(std::string& out, std::string_view value) {
    out.push_back('"');
    while (!value.empty()) {
        const auto plain =
            static_cast<std::size_t>(std::ranges::find_if_not(value, is_plain) - value.begin());
        out.append(value.substr(0, plain));
        value.remove_prefix(plain);
        if (value.empty()) break;
        const std::size_t length = sequence_length(value, 0);
        if (length == 0) {
            out.append(kReplacement);
        } else if (length == 1) {
            append_escape(out, static_cast<unsigned char>(value.front()));
        } else {
            out.append(value.substr(0, length));
        }
        value.remove_prefix(std::max<std::size_t>(length, 1));
    }
    out.push_back('"');
}

void append_json_member(std::string& out, std::string_view name, std::string_view value) {
    if (value.empty()) return;
    append_name(out, name);
    append_json_string(out, value);
}

void append_json_member(std::string& out, std::string_view name, std::int64_t value) {
    append_name(out, name);
    out.append(std::to_string(value));
}

bool is_utf8(std::string_view text) {
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = sequence_length(text, at);
        if (length == 0) return false;
        at += length;
    }
    return true;
}

}  // namespace pagepress
