// What the brokers tell of themselves: topics with their settings, and a consumer group. For people
// who look for what is wrong.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "common/kafka/kafka_settings.h"

namespace pagepress {

struct TopicFacts {
    int partitions = 0;   ///< 0: there is no such topic
    int replication = 0;  ///< copies of the partition that has the fewest
    int in_sync = 0;      ///< copies in sync of the partition that has the fewest
    int leaderless = 0;   ///< partitions that nobody serves
    /// Settings as the brokers apply them; empty if they do not tell.
    std::map<std::string, std::string> config = {};
};

struct GroupFacts {
    std::string state;  ///< `Stable`, `Empty`, … ; empty: the brokers do not tell
    int members = 0;
};

struct ClusterFacts {
    int brokers = 0;
    std::map<std::string, TopicFacts> topics = {};  ///< of all that were asked about
    GroupFacts group = {};
};

/// Asks the brokers. Blocks for at most about three times `timeout`. Settings and group stay empty
/// where the brokers cannot or may not tell them.
///
/// @param group  consumer group; empty: none is asked about
///
/// @errors  kUnavailable   no broker answered in time
///          kInvalidInput  settings that librdkafka refuses
[[nodiscard]] Result<ClusterFacts> read_cluster_facts(
    const KafkaSettings& settings,
    const std::vector<std::string>& topics,
    const std::string& group,
    std::chrono::milliseconds timeout
);

}  // namespace pagepress
