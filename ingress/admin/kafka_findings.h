// What is wrong with Kafka, judged by what the brokers tell.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "common/json/finding.h"
#include "common/kafka/cluster_facts.h"
#include "common/kafka/topics.h"

namespace pagepress::ingress {

/// `1 site`, `2 sites`.
[[nodiscard]] std::string counted(std::size_t count, std::string_view noun);

/// What the brokers tell, and what the topics would be if they were created now.
struct KafkaInspection {
    std::vector<TopicSpec> specs;  ///< the first is the catalog's
    Result<ClusterFacts> facts;
};

/// One finding of the brokers, one of each topic, one of the workers' group.
[[nodiscard]] std::vector<Finding> kafka_findings(
    const KafkaInspection& inspection, const std::string& group
);

/// What is wrong with the topics, for a log: of equal findings one, whose subject names all topics.
[[nodiscard]] std::vector<Finding> topic_problems(const KafkaInspection& inspection);

/// Logs them: a 202 is worth as much as the topics hold. Any thread.
/// @return  whether there were facts to judge
bool log_topic_problems(const KafkaInspection& inspection);

}  // namespace pagepress::ingress
