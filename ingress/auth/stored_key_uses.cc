#include "ingress/auth/stored_key_uses.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pagepress::ingress {

namespace {

/// Times are below 2^53, so that Lua's numbers hold them exactly.
constexpr std::string_view kKeepNewest = R"(
for i = 1, #ARGV, 2 do
    local known = tonumber(redis.call('HGET', KEYS[1], ARGV[i]))
    if not known or known < tonumber(ARGV[i + 1]) then
        redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    end
end
return 0)";

std::optional<UnixMillis> time_from(const RedisReply& reply) {
    if (reply.kind != RedisReply::Kind::kText) return std::nullopt;
    UnixMillis time = 0;
    const char* const end = reply.text.data() + reply.text.size();
    const auto parsed = std::from_chars(reply.text.data(), end, time);
    if (parsed.ec != std::errc() || parsed.ptr != end || time < 0) return std::nullopt;
    return time;
}

}  // namespace

RedisCommand key_use_command(const KeyUseTimes& times) {
    RedisCommand command{"EVAL", std::string(kKeepNewest), "1", std::string(kKeyUsesHash)};
    for (const auto& [key_id, when] : times) {
        command.push_back(key_id);
        command.push_back(std::to_string(when));
    }
    return command;
}

std::map<std::string, UnixMillis> read_key_uses(Redis& redis) {
    std::map<std::string, UnixMillis> times;
    const auto reply = redis.call({"HGETALL", std::string(kKeyUsesHash)});
    if (!reply) return times;
    for (std::size_t i = 0; i + 1 < reply->items.size(); i += 2) {
        if (const auto time = time_from(reply->items[i + 1])) {
            times.emplace(reply->items[i].text, *time);
        }
    }
    return times;
}

std::optional<UnixMillis> read_key_use(Redis& redis, const std::string& key_id) {
    const auto reply = redis.call({"HGET", std::string(kKeyUsesHash), key_id});
    return reply ? time_from(*reply) : std::nullopt;
}

void forget_key_uses(Redis& redis, std::span<const std::string> key_ids) {
    while (!key_ids.empty()) {
        const auto part = key_ids.first(std::min(key_ids.size(), kKeysPerCommandMax));
        RedisCommand command{"HDEL", std::string(kKeyUsesHash)};
        command.insert(command.end(), part.begin(), part.end());
        redis.submit(std::move(command), [](const Result<RedisReply>&) {});
        key_ids = key_ids.subspan(part.size());
    }
}

}  // namespace pagepress::ingress
