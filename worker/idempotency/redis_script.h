// A Lua script in Redis: loaded once, called by its digest, loaded again when Redis has lost it.
#pragma once

#include <string>
#include <vector>

#include "common/base/mutex.h"
#include "common/redis/redis.h"

namespace pagepress::worker {

/// Thread-safe.
class RedisScript {
public:
    explicit RedisScript(std::string text) : text_(std::move(text)) {}

    /// Runs the script; it is atomic in Redis. Blocks for one round trip (up to three on first
    /// use).
    /// @errors  kUnavailable  no answer, or the script failed
    Result<RedisReply> call(
        Redis& redis,
        const std::vector<std::string>& keys,
        const std::vector<std::string>& arguments
    );

private:
    Result<std::string> digest(Redis& redis);
    void forget_digest();

    const std::string text_;
    Mutex mutex_;
    std::string digest_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
