// Creation of the project's topics.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "common/kafka/kafka_settings.h"

namespace pagepress {

/// A topic as it is to be created.
struct TopicSpec {
    std::string name;     ///< full name, with the prefix
    int partitions = 1;   ///< at least 1
    int replication = 1;  ///< copies of each partition; at most the number of brokers
    /// Topic properties: `cleanup.policy`, `min.insync.replicas`, `retention.ms`, …
    std::map<std::string, std::string> config = {};
};

/// Creates those topics of `specs` that do not exist. A topic that exists is left as it is. Blocks
/// until the brokers have answered, at most about `timeout`.
///
/// @return  names of the topics that were created by this call
/// @errors  kUnavailable   no broker answered in time; some topics may have been created
///          kInvalidInput  the brokers refuse a spec; the message has the topic and the reason
///          kForbidden     our account may not create topics
[[nodiscard]] Result<std::vector<std::string>> create_topics(
    const KafkaSettings& settings,
    const std::vector<TopicSpec>& specs,
    std::chrono::milliseconds timeout
);

}  // namespace pagepress
