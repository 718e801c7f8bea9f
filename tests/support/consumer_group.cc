#include "tests/support/consumer_group.h"

#include <span>

#include "common/base/invariant.h"
#include "common/kafka/kafka_handles.h"

namespace pagepress::test {
namespace {

constexpr int kTimeoutMs = 5'000;

kafka::Client make_onlooker(const std::string& brokers, const std::string& group) {
    auto conf = kafka::make_conf(
        {.brokers = brokers, .topic_prefix = {}},
        {{"group.id", group}, {"enable.auto.commit", "false"}}
    );
    INVARIANT(conf.has_value());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, *std::move(conf));
    INVARIANT(client.has_value());
    return *std::move(client);
}

/// Committed positions of all partitions of the topic, none if there is no such topic; null if the
/// brokers do not tell.
kafka::Partitions committed(rd_kafka_t* client, const std::string& topic) {
    const rd_kafka_metadata_t* answer = nullptr;
    const kafka::Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
    if (rd_kafka_metadata(client, 0, handle.get(), &answer, kTimeoutMs) !=
        RD_KAFKA_RESP_ERR_NO_ERROR) {
        return nullptr;
    }
    const kafka::Metadata metadata(answer);
    const int count = metadata->topics[0].partition_cnt;
    kafka::Partitions partitions(rd_kafka_topic_partition_list_new(count));
    if (metadata->topics[0].err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return partitions;
    if (count == 0) return nullptr;
    for (int i = 0; i < count; ++i) {
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), i);
    }
    const auto error = rd_kafka_committed(client, partitions.get(), kTimeoutMs);
    return error == RD_KAFKA_RESP_ERR_NO_ERROR ? std::move(partitions) : nullptr;
}

}  // namespace

std::optional<std::int64_t> backlog_of(
    const std::string& brokers, const std::string& group, const std::string& topic
) {
    const kafka::Client client = make_onlooker(brokers, group);
    const kafka::Partitions partitions = committed(client.get(), topic);
    if (partitions == nullptr) return std::nullopt;
    std::int64_t backlog = 0;
    for (const auto& entry :
         std::span(partitions->elems, static_cast<std::size_t>(partitions->cnt))) {
        std::int64_t first = 0;
        std::int64_t end = 0;
        const auto error = rd_kafka_query_watermark_offsets(
            client.get(), topic.c_str(), entry.partition, &first, &end, kTimeoutMs
        );
        if (entry.err != RD_KAFKA_RESP_ERR_NO_ERROR || error != RD_KAFKA_RESP_ERR_NO_ERROR) {
            return std::nullopt;
        }
        backlog += end - (entry.offset < 0 ? first : entry.offset);
    }
    return backlog;
}

}  // namespace pagepress::test
