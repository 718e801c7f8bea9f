#include "common/base/trace_context.h"

#include <algorithm>
#include <array>
#include <span>

#include "common/base/ascii.h"

namespace pagepress {

namespace {

// 00-<trace id>-<parent id>-<flags>, section 3.2 "Traceparent Header Field Values".
constexpr std::size_t kTraceIdAt = 3;
constexpr std::size_t kTraceIdSize = 32;
constexpr std::size_t kParentIdAt = 36;
constexpr std::size_t kParentIdSize = 16;
constexpr std::size_t kFlagsAt = 53;
constexpr std::size_t kSize = 55;

bool is_lower_hex(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

bool is_id(std::string_view text) {
    return is_lower_hex(text) && std::ranges::any_of(text, [](char c) { return c != '0'; });
}

/// A version that we do not know may have more behind the flags, after a dash.
bool is_valid(std::string_view text) {
    if (text.size() < kSize || text[2] != '-' || text[35] != '-' || text[52] != '-') return false;
    const std::string_view version = text.substr(0, 2);
    if (!is_lower_hex(version) || version == "ff") return false;
    if (text.size() > kSize && (version == "00" || text[kSize] != '-')) return false;
    return is_id(text.substr(kTraceIdAt, kTraceIdSize)) &&
           is_id(text.substr(kParentIdAt, kParentIdSize)) && is_lower_hex(text.substr(kFlagsAt, 2));
}

/// Hex of `bytes`, which are not all zero: an id of zeros is none.
void write_id(char* out, std::span<unsigned char> bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (std::ranges::all_of(bytes, [](unsigned char byte) { return byte == 0; })) bytes.back() = 1;
    for (const unsigned char byte : bytes) {
        *out++ = kDigits[byte >> 4U];
        *out++ = kDigits[byte & 0xFU];
    }
}

}  // namespace

void continue_trace(std::string& out, std::string_view presented, Random& random) {
    std::array<unsigned char, (kTraceIdSize + kParentIdSize) / 2> bytes;
    const std::span ids(bytes);
    const bool is_continued = is_valid(presented);
    out.assign("00-00000000000000000000000000000000-0000000000000000-00");
    if (is_continued) {
        out.replace(kTraceIdAt, kTraceIdSize, presented.substr(kTraceIdAt, kTraceIdSize));
        // Of the flags, version 00 knows `sampled` alone; others must be sent as zero.
        const int flags = hex_value(presented[kFlagsAt + 1]);
        out.back() = (flags & 1) != 0 ? '1' : '0';
        random.fill(ids.first(kParentIdSize / 2));
    } else {
        random.fill(ids);
        write_id(out.data() + kTraceIdAt, ids.last(kTraceIdSize / 2));
    }
    write_id(out.data() + kParentIdAt, ids.first(kParentIdSize / 2));
}

std::string_view trace_id_of(std::string_view traceparent) {
    return is_valid(traceparent) ? traceparent.substr(kTraceIdAt, kTraceIdSize)
                                 : std::string_view();
}

}  // namespace pagepress
