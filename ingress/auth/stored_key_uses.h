// The last use of every API key in Redis: one hash for all ingresses, in which the newest time
// wins. For people only: nothing depends on it, and Redis may lose it.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "common/redis/redis.h"
#include "ingress/auth/key_uses.h"

namespace pagepress::ingress {

/// The hash: key id → last use [ms since the epoch].
inline constexpr std::string_view kKeyUsesHash = "pagepress:key-uses";

/// How many keys one command should write, so that none keeps Redis busy for long.
inline constexpr std::size_t kKeysPerCommandMax = 500;

/// Writes `times`; atomic, and leaves newer times as they are.
[[nodiscard]] RedisCommand key_use_command(const KeyUseTimes& times);

/// Last uses of all keys; empty if Redis does not answer. Blocks.
[[nodiscard]] std::map<std::string, UnixMillis> read_key_uses(Redis& redis);

/// Last use of one key; empty if it is not known or Redis does not answer. Blocks.
[[nodiscard]] std::optional<UnixMillis> read_key_use(Redis& redis, const std::string& key_id);

/// Removes keys that are gone. Does not wait.
void forget_key_uses(Redis& redis, std::span<const std::string> key_ids);

}  // namespace pagepress::ingress
