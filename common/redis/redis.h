// Port to Redis: commands and replies. Redis is never the safety argument (see README, "Redis").
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "common/base/error.h"

namespace pagepress {

using RedisCommand = std::vector<std::string>;

struct RedisReply {
    enum class Kind { kNil, kInteger, kText, kArray, kError };
    Kind kind = Kind::kNil;
    std::int64_t integer = 0;         ///< kInteger
    std::string text;                 ///< kText, kError
    std::vector<RedisReply> items{};  ///< kArray
};

/// Thread-safe. Commands of all callers share one connection and are sent as pipelines.
class Redis {
public:
    /// Called exactly once, on the Redis thread: it must be short and must not block.
    using Callback = std::function<void(Result<RedisReply>)>;

    virtual ~Redis() = default;

    /// Queues a command; never blocks. An error reply of Redis is a value of kind kError.
    ///
    /// @errors (in the callback)  kUnavailable  no connection, or no answer in time; whether the
    ///                            command had an effect is then not known
    virtual void submit(RedisCommand command, Callback callback) = 0;

    /// Queues a command and waits for its reply, at most the connection's command timeout.
    ///
    /// @errors  kUnavailable  as above, and for an error reply of Redis
    Result<RedisReply> call(RedisCommand command);
};

}  // namespace pagepress
