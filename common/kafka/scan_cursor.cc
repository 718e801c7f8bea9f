// A version byte, then each offset as a base-128 varint, least significant group first.
#include "common/kafka/scan_cursor.h"

#include "common/base/base64url.h"
#include "common/base/invariant.h"

namespace pagepress {

namespace {

constexpr char kVersion = 1;
constexpr std::size_t kPartitionsMax = 100'000;

void append_varint(std::string& out, std::int64_t value) {
    INVARIANT(value >= 0);
    auto rest = static_cast<std::uint64_t>(value);
    for (; rest >= 0x80; rest >>= 7) out.push_back(static_cast<char>(0x80 | (rest & 0x7f)));
    out.push_back(static_cast<char>(rest));
}

/// Takes one number off the front.
std::optional<std::int64_t> take_varint(std::string_view& bytes) {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 63 && !bytes.empty(); shift += 7) {
        const auto byte = static_cast<unsigned char>(bytes.front());
        bytes.remove_prefix(1);
        value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
        if (byte < 0x80) return static_cast<std::int64_t>(value);
    }
    return std::nullopt;
}

}  // namespace

std::string to_cursor(const ScanPosition& position) {
    std::string bytes(1, kVersion);
    for (const std::int64_t offset : position) append_varint(bytes, offset);
    return to_base64url(bytes);
}

std::optional<ScanPosition> position_from_cursor(std::string_view text) {
    const auto decoded = from_base64url(text);
    if (!decoded || decoded->empty() || decoded->front() != kVersion) return std::nullopt;
    std::string_view bytes = std::string_view(*decoded).substr(1);
    ScanPosition position;
    while (!bytes.empty()) {
        const auto offset = take_varint(bytes);
        if (!offset || position.size() == kPartitionsMax) return std::nullopt;
        position.push_back(*offset);
    }
    return position;
}

}  // namespace pagepress
