// Reads what is on a topic, for tests that check what was produced.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "common/kafka/record.h"

namespace pagepress::test {

struct ReadRecord {
    Record record;
    std::int32_t partition = -1;
    std::int64_t offset = -1;
};

/// Records of a topic from its beginning (read_committed), in order within each partition: returns
/// as soon as there are `count`, or what there is at the deadline.
[[nodiscard]] std::vector<ReadRecord> read_topic(
    const std::string& brokers,
    const std::string& topic,
    std::size_t count,
    std::chrono::milliseconds deadline = std::chrono::seconds(30)
);

/// All records of a topic up to the ends that its partitions have when this is called.
[[nodiscard]] std::vector<ReadRecord> read_topic_to_end(
    const std::string& brokers,
    const std::string& topic,
    std::chrono::milliseconds deadline = std::chrono::seconds(30)
);

}  // namespace pagepress::test
