// SHA-256, HMAC, hex and base64, and comparison in constant time: the only door to OpenSSL's
// digests.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pagepress {

using Sha256 = std::array<unsigned char, 32>;

/// SHA-256 of `bytes` (FIPS 180-4).
[[nodiscard]] Sha256 sha256(std::string_view bytes);

/// HMAC with SHA-256 (RFC 2104).
[[nodiscard]] Sha256 hmac_sha256(std::string_view key, std::string_view bytes);

/// Lower-case hex of `bytes`.
[[nodiscard]] std::string to_hex(std::span<const unsigned char> bytes);

/// SHA-256 from 64 hex digits of either case; empty if `text` is anything else.
[[nodiscard]] std::optional<Sha256> sha256_from_hex(std::string_view text);

/// Base64 with padding (RFC 4648 §4).
[[nodiscard]] std::string to_base64(std::span<const unsigned char> bytes);

/// Whether two digests are equal, in a time that does not depend on where they differ.
[[nodiscard]] bool equal_constant_time(const Sha256& left, const Sha256& right);

}  // namespace pagepress
