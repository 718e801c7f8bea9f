// The delayed topics: one fixed delay each, and which of them a wait begins with.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/kafka_settings.h"
#include "common/kafka/record.h"

namespace pagepress::worker {

/// One delayed topic.
struct DelayTier {
    std::string name;   ///< `1m`, for metrics
    std::string topic;  ///< full name
    Millis delay{};     ///< longest stay of a record
};

struct DelaySettings {
    /// Waits up to this are spent in memory.
    Millis park_max{30'000};
    /// Of the topics in their order; ascending, the first longer than `park_max`.
    std::array<Millis, kDelayedTopics.size()> delays{
        Millis(60'000), Millis(600'000), Millis(3'600'000)};
};

/// A wait is put together from tiers: the longest one that fits into what is left, again and again;
/// what is left in the end, up to `park_max`, is spent in memory. 25 minutes are twice 10m and five
/// times 1m. A remainder between `park_max` and the shortest delay stays on the shortest tier: its
/// record is late by the difference of the two at most, if one with a longer stay is before it.
///
/// Since no record stays longer than its tier's delay, however long the job waits, records become
/// due in the order in which they were written, and no wait holds up another one.
class DelayTiers {
public:
    DelayTiers(const KafkaSettings& kafka, const DelaySettings& settings);

    [[nodiscard]] const std::vector<DelayTier>& tiers() const { return tiers_; }

    [[nodiscard]] std::vector<std::string> topics() const;

    /// Whether a wait is too long for memory.
    [[nodiscard]] bool is_long(Millis wait) const { return wait > park_max_; }

    /// Index of the tier that a wait begins with.
    [[nodiscard]] std::size_t fitting(Millis wait) const;

private:
    const Millis park_max_;
    std::vector<DelayTier> tiers_;
};

}  // namespace pagepress::worker
