// Redis over one connection with a thread of its own that sends what has gathered as one pipeline.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/base/options.h"
#include "common/redis/redis.h"

namespace pagepress {

struct RedisSettings {
    std::string address;   ///< host:port
    std::string username;  ///< ACL user; empty for `default`
    std::string password;  ///< empty: no AUTH
    std::chrono::milliseconds timeout{500};
};

/// Settings from the common options.
/// @errors  kInvalidInput  the password file cannot be read
[[nodiscard]] Result<RedisSettings> redis_settings_from(const OptionValues& values);

/// Connects in the background and again after every failure; while it is not connected, commands
/// fail at once with kUnavailable; during the very first try they wait for its end. Thread-safe.
class RedisConnection final : public Redis {
public:
    explicit RedisConnection(RedisSettings settings);

    /// Fails what is queued and joins the thread.
    ~RedisConnection() override;

    void submit(RedisCommand command, Callback callback) override;

    [[nodiscard]] bool is_connected() const;

private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace pagepress
