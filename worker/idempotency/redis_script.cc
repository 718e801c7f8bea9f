#include "worker/idempotency/redis_script.h"

namespace pagepress::worker {

Result<RedisReply> RedisScript::call(
    Redis& redis, const std::vector<std::string>& keys, const std::vector<std::string>& arguments
) {
    constexpr int kTries = 2;  // the second one after SCRIPT FLUSH or a restart of Redis
    for (int i = 0; i < kTries; ++i) {
        const auto sha = digest(redis);
        if (!sha) return std::unexpected(sha.error());
        RedisCommand command{"EVALSHA", *sha, std::to_string(keys.size())};
        command.insert(command.end(), keys.begin(), keys.end());
        command.insert(command.end(), arguments.begin(), arguments.end());
        auto reply = redis.call(std::move(command));
        if (reply || !reply.error().message.contains("NOSCRIPT")) return reply;
        forget_digest();
    }
    return fail(ErrorCode::kUnavailable, "Redis does not keep the worker's script");
}

Result<std::string> RedisScript::digest(Redis& redis) {
    {
        const MutexLock lock(mutex_);
        if (!digest_.empty()) return digest_;
    }
    auto reply = redis.call({"SCRIPT", "LOAD", text_});
    if (!reply) return std::unexpected(reply.error());
    const MutexLock lock(mutex_);
    digest_ = reply->text;
    return digest_;
}

void RedisScript::forget_digest() {
    const MutexLock lock(mutex_);
    digest_.clear();
}

}  // namespace pagepress::worker
