// Where a partition ends for readers of committed records. Private to adapters, like
// kafka_handles.h.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>

#include <librdkafka/rdkafka.h>

namespace pagepress::kafka {

/// Asks the partition's leader for the last stable offset (for a client with `isolation.level`
/// `read_committed`, which is librdkafka's default). Blocks at most about `timeout`.
///
/// `rd_kafka_query_watermark_offsets` would ask the same, but ignores its timeout once the request
/// is queued for a broker that is away: for ever before librdkafka 2.3.0 (#2588), by up to a second
/// since (#4878).
///
/// @return  the offset behind the last committed record, or librdkafka's code of why it is not
/// known
[[nodiscard]] std::expected<std::int64_t, rd_kafka_resp_err_t> end_offset_of(
    rd_kafka_t* client,
    const std::string& topic,
    std::int32_t partition,
    std::chrono::milliseconds timeout
);

}  // namespace pagepress::kafka
