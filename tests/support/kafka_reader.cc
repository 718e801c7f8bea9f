// Reads topics with an assigned consumer without a group.
#include "tests/support/kafka_reader.h"

#include <set>

#include "common/base/invariant.h"
#include "common/kafka/kafka_handles.h"
#include "common/kafka/kafka_messages.h"

namespace pagepress::test {
namespace {

kafka::Client reading_client(const std::string& brokers) {
    auto conf = kafka::make_conf(
        {.brokers = brokers, .topic_prefix = {}},
        {{"group.id", "pagepress-test-reader"},
         {"enable.auto.commit", "false"},
         {"enable.partition.eof", "true"},
         {"auto.offset.reset", "earliest"},
         {"isolation.level", "read_committed"},
         {"fetch.wait.max.ms", "50"}}
    );
    INVARIANT(conf.has_value());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, std::move(*conf));
    INVARIANT(client.has_value());
    rd_kafka_poll_set_consumer(client->get());
    return std::move(*client);
}

/// Assigns all partitions of the topic from their beginning; returns how many there are.
std::size_t assign_all(rd_kafka_t* client, const std::string& topic) {
    const rd_kafka_metadata_t* answer = nullptr;
    const kafka::Topic handle(rd_kafka_topic_new(client, topic.c_str(), nullptr));
    const auto error = rd_kafka_metadata(client, 0, handle.get(), &answer, 30'000);
    INVARIANT(error == RD_KAFKA_RESP_ERR_NO_ERROR);
    const kafka::Metadata metadata(answer);
    const int count = metadata->topics[0].partition_cnt;
    const kafka::Partitions partitions(rd_kafka_topic_partition_list_new(count));
    for (int i = 0; i < count; ++i) {
        rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), i)->offset =
            RD_KAFKA_OFFSET_BEGINNING;
    }
    INVARIANT(rd_kafka_assign(client, partitions.get()) == RD_KAFKA_RESP_ERR_NO_ERROR);
    return static_cast<std::size_t>(count);
}

enum class End { kAtCount, kAtEnds };

std::vector<ReadRecord> read(
    const std::string& brokers,
    const std::string& topic,
    End end,
    std::size_t count,
    std::chrono::milliseconds deadline
) {
    const kafka::Client client = reading_client(brokers);
    const std::size_t partitions = assign_all(client.get(), topic);
    std::set<std::int32_t> ended;
    std::vector<ReadRecord> records;
    const auto until = std::chrono::steady_clock::now() + deadline;
    while (std::chrono::steady_clock::now() < until) {
        if (end == End::kAtCount ? records.size() >= count : ended.size() == partitions) break;
        const kafka::Message message(rd_kafka_consumer_poll(client.get(), 50));
        if (!message) continue;
        if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            records.push_back(
                {.record = kafka::record_of(message.get()),
                 .partition = message->partition,
                 .offset = message->offset}
            );
        }
        if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) ended.insert(message->partition);
    }
    rd_kafka_consumer_close(client.get());
    return records;
}

}  // namespace

std::vector<ReadRecord> read_topic(
    const std::string& brokers,
    const std::string& topic,
    std::size_t count,
    std::chrono::milliseconds deadline
) {
    return read(brokers, topic, End::kAtCount, count, deadline);
}

std::vector<ReadRecord> read_topic_to_end(
    const std::string& brokers, const std::string& topic, std::chrono::milliseconds deadline
) {
    return read(brokers, topic, End::kAtEnds, 0, deadline);
}

}  // namespace pagepress::test
