#include "common/kafka/end_offset.h"

#include "common/kafka/kafka_handles.h"

namespace pagepress::kafka {

std::expected<std::int64_t, rd_kafka_resp_err_t> end_offset_of(
    rd_kafka_t* client,
    const std::string& topic,
    std::int32_t partition,
    std::chrono::milliseconds timeout
) {
    const Partitions partitions(rd_kafka_topic_partition_list_new(1));
    auto* asked = rd_kafka_topic_partition_list_add(partitions.get(), topic.c_str(), partition);
    // In place of a timestamp ListOffsets takes -1 for "the end" (Kafka protocol guide).
    asked->offset = RD_KAFKA_OFFSET_END;
    const auto error =
        rd_kafka_offsets_for_times(client, partitions.get(), static_cast<int>(timeout.count()));
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(error);
    if (asked->err != RD_KAFKA_RESP_ERR_NO_ERROR) return std::unexpected(asked->err);
    if (asked->offset < 0) return std::unexpected(RD_KAFKA_RESP_ERR__NO_OFFSET);
    return asked->offset;
}

}  // namespace pagepress::kafka
