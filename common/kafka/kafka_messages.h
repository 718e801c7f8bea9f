// librdkafka's messages as records. Private to adapters: only .cc files that talk to librdkafka
// include this.
#pragma once

#include <string>
#include <vector>

#include <librdkafka/rdkafka.h>

#include "common/kafka/record.h"

namespace pagepress::kafka {

/// A copy of `size` bytes; empty if there are none.
[[nodiscard]] std::string text_of(const void* bytes, std::size_t size);

/// Copies of the headers, in their order; a header without a value has an empty one.
[[nodiscard]] std::vector<RecordHeader> headers_of(const rd_kafka_message_t* message);

/// Topic, key, value and headers of a message, which may be one that was not delivered.
[[nodiscard]] Record record_of(const rd_kafka_message_t* message);

/// What a delivery report says of its record.
[[nodiscard]] Persistence persistence_of(const rd_kafka_message_t* report);

}  // namespace pagepress::kafka
