#include <utility>

#include "common/redis/redis_connection.h"

namespace pagepress {

Result<RedisSettings> redis_settings_from(const OptionValues& values) {
    RedisSettings settings{
        .address = values.text("redis-address"),
        .username = values.text("redis-username"),
        .password = {},
        .timeout = values.millis("redis-timeout-ms"),
    };
    const std::string& file = values.text("redis-password-file");
    if (file.empty()) return settings;
    auto password = read_secret_file(file);
    if (!password) return std::unexpected(std::move(password.error()));
    settings.password = *std::move(password);
    return settings;
}

}  // namespace pagepress
