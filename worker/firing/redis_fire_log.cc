#include "worker/firing/redis_fire_log.h"

#include <charconv>
#include <string_view>

namespace pagepress::worker {

namespace {

constexpr const char* kKey = "pagepress:schedules";

}  // namespace

/// A line that cannot be read counts as lost.
Result<DecidedTimes> RedisFireLog::load() {
    const auto reply = redis_.call({"GET", kKey});
    if (!reply) return std::unexpected(reply.error());
    DecidedTimes times;
    std::string_view rest = reply->text;
    while (!rest.empty()) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(rest.size(), line.size() + 1));
        const std::size_t blank = line.find(' ');
        if (blank == std::string_view::npos) continue;
        UnixMillis time = 0;
        const char* const end = line.data() + line.size();
        const auto parsed = std::from_chars(line.data() + blank + 1, end, time);
        if (parsed.ec != std::errc() || parsed.ptr != end || time < 0) continue;
        times.insert_or_assign(std::string(line.substr(0, blank)), time);
    }
    return times;
}

void RedisFireLog::save(const DecidedTimes& times) {
    std::string text;
    for (const auto& [id, time] : times) {
        text.append(id).append(" ").append(std::to_string(time)).append("\n");
    }
    redis_.submit({"SET", kKey, std::move(text)}, [](const Result<RedisReply>&) {});
}

}  // namespace pagepress::worker
