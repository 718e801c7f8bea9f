#include "common/base/trace_context.h"

#include <algorithm>

#include "common/base/ascii.h"
#include "common/base/invariant.h"

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

}  // namespace

void continue_trace(std::string& out, std::string_view presented, std::string_view id) {
    INVARIANT(id.size() == kTraceIdSize);
    const bool is_continued = is_valid(presented);
    out.assign("00-");
    out.append(is_continued ? presented.substr(kTraceIdAt, kTraceIdSize) : id).append("-");
    out.append(id.substr(0, kParentIdSize));
    // Of the flags, version 00 knows `sampled` alone; others must be sent as zero.
    const bool is_sampled = is_continued && (hex_value(presented[kFlagsAt + 1]) & 1) != 0;
    out.append(is_sampled ? "-01" : "-00");
}

std::string_view trace_id_of(std::string_view traceparent) {
    return is_valid(traceparent) ? traceparent.substr(kTraceIdAt, kTraceIdSize)
                                 : std::string_view();
}

}  // namespace pagepress
