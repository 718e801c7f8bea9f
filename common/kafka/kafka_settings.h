// How to reach Kafka, and the names of the project's topics.
#pragma once

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "common/base/error.h"
#include "common/base/options.h"

namespace pagepress {

/// Connection settings that every client of a process shares.
struct KafkaSettings {
    std::string brokers;       ///< `bootstrap.servers`
    std::string topic_prefix;  ///< `pagepress.` by default
    /// Further librdkafka properties (`security.protocol`, `sasl.…`) from
    /// `--kafka-properties-file`.
    std::map<std::string, std::string> properties = {};

    [[nodiscard]] std::string topic(std::string_view name) const {
        return topic_prefix + std::string(name);
    }
};

inline constexpr std::string_view kJobsTopic = "jobs";
inline constexpr std::string_view kCatalogTopic = "catalog";
inline constexpr std::string_view kDeadTopic = "dead";
inline constexpr std::string_view kAuditTopic = "audit";
/// Jobs that wait, each topic with one fixed delay; from the shortest to the longest.
inline constexpr std::array<std::string_view, 3> kDelayedTopics{
    "delayed.1m", "delayed.10m", "delayed.1h"};

/// Settings from the common options. The properties file holds `name=value` lines, `#` comments; it
/// may hold secrets and is never logged. Properties that the design depends on are refused.
///
/// @errors  kInvalidInput  file, line and what is wrong with it
[[nodiscard]] Result<KafkaSettings> kafka_settings_from(const OptionValues& values);

}  // namespace pagepress
