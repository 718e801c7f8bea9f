// The worker's options, checked against each other.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "common/base/options.h"
#include "common/kafka/kafka_settings.h"
#include "common/redis/redis_connection.h"
#include "worker/consume/poll_loop.h"
#include "worker/delay/delay_tiers.h"
#include "worker/press/press_ports.h"

namespace pagepress::worker {

struct WorkerSettings {
    KafkaSettings kafka;
    RedisSettings redis;
    std::string group;
    std::string admin_listen;
    std::string ports_file;
    std::string log_format;
    std::string log_level;
    std::string ca_file;
    std::size_t concurrency = 64;
    Millis drain_max{};
    Millis template_page_max_age{};
    std::string state_dir;
    std::map<std::string, std::string> trial_spaces;  ///< where doctor may write, by site
    PressLimits press;
    GateLimits gates;
    PollLimits poll;
    DelaySettings delay;
};

[[nodiscard]] std::vector<Option> worker_options();

/// Settings from option values. Adds every problem it finds to `problems`.
[[nodiscard]] WorkerSettings worker_settings_from(
    const OptionValues& values, std::vector<std::string>& problems
);

}  // namespace pagepress::worker
