// One number for a partition of one of several topics, so that whoever reads one topic need not
// care: the partitions of the first topic keep their own numbers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace pagepress::worker {

/// More partitions than a topic has.
inline constexpr std::int32_t kPartitionsPerTopicMax = 1 << 20;

[[nodiscard]] constexpr std::int32_t partition_number(std::size_t topic, std::int32_t partition) {
    return static_cast<std::int32_t>(topic) * kPartitionsPerTopicMax + partition;
}

/// Index of the topic in the order of the subscription.
[[nodiscard]] constexpr std::size_t topic_index_of(std::int32_t number) {
    return static_cast<std::size_t>(number / kPartitionsPerTopicMax);
}

/// The topic's own number of the partition.
[[nodiscard]] constexpr std::int32_t partition_of(std::int32_t number) {
    return number % kPartitionsPerTopicMax;
}

}  // namespace pagepress::worker
