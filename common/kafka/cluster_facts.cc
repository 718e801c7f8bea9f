// Metadata, DescribeConfigs and DescribeGroups through a client of its own.
#include "common/kafka/cluster_facts.h"

#include <algorithm>
#include <array>

#include "common/kafka/kafka_handles.h"

namespace pagepress {
namespace {

using ConfigResource =
    std::unique_ptr<rd_kafka_ConfigResource_t, kafka::Destroyer<rd_kafka_ConfigResource_destroy>>;

using GroupList =
    std::unique_ptr<const rd_kafka_group_list, kafka::Destroyer<rd_kafka_group_list_destroy>>;

TopicFacts facts_of(const rd_kafka_metadata_topic_t& topic) {
    TopicFacts facts{.partitions = topic.partition_cnt};
    for (int i = 0; i < topic.partition_cnt; ++i) {
        const rd_kafka_metadata_partition_t& partition = topic.partitions[i];
        const auto fewest = [i](int& known, int count) {
            known = i == 0 ? count : std::min(known, count);
        };
        fewest(facts.replication, partition.replica_cnt);
        fewest(facts.in_sync, partition.isr_cnt);
        if (partition.leader < 0) ++facts.leaderless;
    }
    return facts;
}

/// All topics at once: asking for one that is missing could create it.
Result<ClusterFacts> read_metadata(
    rd_kafka_t* client,
    const KafkaSettings& settings,
    const std::vector<std::string>& topics,
    std::chrono::milliseconds timeout
) {
    const rd_kafka_metadata_t* raw = nullptr;
    const auto error =
        rd_kafka_metadata(client, 1, nullptr, &raw, static_cast<int>(timeout.count()));
    const kafka::Metadata metadata(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
        return kafka::fail_with(error, "the brokers at " + settings.brokers);
    }
    ClusterFacts facts{.brokers = metadata->broker_cnt};
    for (const std::string& topic : topics) facts.topics[topic] = {};
    for (int i = 0; i < metadata->topic_cnt; ++i) {
        const rd_kafka_metadata_topic_t& topic = metadata->topics[i];
        const auto found = facts.topics.find(topic.topic);
        if (found != facts.topics.end()) found->second = facts_of(topic);
    }
    return facts;
}

kafka::AdminOptions options_for(
    rd_kafka_t* client, rd_kafka_admin_op_t operation, std::chrono::milliseconds timeout
) {
    kafka::AdminOptions options(rd_kafka_AdminOptions_new(client, operation));
    std::array<char, 256> reason{};
    // Refused only if it is out of range; then librdkafka's own limit holds.
    (void)rd_kafka_AdminOptions_set_request_timeout(
        options.get(), static_cast<int>(timeout.count()), reason.data(), reason.size()
    );
    return options;
}

/// The answer, if it comes: librdkafka's own time limit does not hold for requests that a broker
/// does not know, such as librdkafka's mock cluster.
kafka::Event next_event(rd_kafka_queue_t* queue, std::chrono::milliseconds timeout) {
    const auto patience = timeout + std::chrono::milliseconds(500);
    return kafka::Event(rd_kafka_queue_poll(queue, static_cast<int>(patience.count())));
}

void take_config(const rd_kafka_ConfigResource_t* resource, ClusterFacts& facts) {
    const auto found = facts.topics.find(rd_kafka_ConfigResource_name(resource));
    if (found == facts.topics.end()) return;
    std::size_t count = 0;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(resource, &count);
    for (std::size_t i = 0; i < count; ++i) {
        const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
        if (value == nullptr) continue;  // hidden
        found->second.config[rd_kafka_ConfigEntry_name(entries[i])] = value;
    }
}

void read_configs(rd_kafka_t* client, ClusterFacts& facts, std::chrono::milliseconds timeout) {
    std::vector<ConfigResource> resources;
    std::vector<rd_kafka_ConfigResource_t*> pointers;
    for (const auto& [name, topic] : facts.topics) {
        if (topic.partitions == 0) continue;
        resources.emplace_back(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
        pointers.push_back(resources.back().get());
    }
    if (pointers.empty()) return;
    const kafka::Queue queue(rd_kafka_queue_new(client));
    const auto options = options_for(client, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, timeout);
    rd_kafka_DescribeConfigs(client, pointers.data(), pointers.size(), options.get(), queue.get());
    const kafka::Event event = next_event(queue.get(), timeout);
    if (!event || rd_kafka_event_error(event.get()) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** described = rd_kafka_DescribeConfigs_result_resources(
        rd_kafka_event_DescribeConfigs_result(event.get()), &count
    );
    for (std::size_t i = 0; i < count; ++i) take_config(described[i], facts);
}

/// Not through DescribeConsumerGroups: librdkafka 2.0.2 locks itself up for ever when the broker
/// does not know that request.
void read_group(
    rd_kafka_t* client,
    const std::string& group,
    ClusterFacts& facts,
    std::chrono::milliseconds timeout
) {
    if (group.empty()) return;
    const rd_kafka_group_list* raw = nullptr;
    const auto error =
        rd_kafka_list_groups(client, group.c_str(), &raw, static_cast<int>(timeout.count()));
    const GroupList groups(raw);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR || !groups) return;
    // A group that nobody has joined is not listed.
    facts.group.state = "Dead";
    for (int i = 0; i < groups->group_cnt; ++i) {
        const rd_kafka_group_info& info = groups->groups[i];
        if (info.err != RD_KAFKA_RESP_ERR_NO_ERROR || group != info.group) continue;
        facts.group.state = info.state;
        facts.group.members = info.member_cnt;
    }
}

}  // namespace

Result<ClusterFacts> read_cluster_facts(
    const KafkaSettings& settings,
    const std::vector<std::string>& topics,
    const std::string& group,
    std::chrono::milliseconds timeout
) {
    auto conf = kafka::make_conf(settings, {});
    if (!conf) return std::unexpected(conf.error());
    const auto client = kafka::make_client(RD_KAFKA_PRODUCER, *std::move(conf));
    if (!client) return std::unexpected(client.error());
    auto facts = read_metadata(client->get(), settings, topics, timeout);
    if (!facts) return facts;
    read_configs(client->get(), *facts, timeout);
    read_group(client->get(), group, *facts, timeout);
    return facts;
}

}  // namespace pagepress
