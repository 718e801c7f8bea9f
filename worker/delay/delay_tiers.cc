#include "worker/delay/delay_tiers.h"

namespace pagepress::worker {

DelayTiers::DelayTiers(const KafkaSettings& kafka, const DelaySettings& settings)
    : park_max_(settings.park_max) {
    for (std::size_t i = 0; i < kDelayedTopics.size(); ++i) {
        const std::string_view name = kDelayedTopics.at(i);
        tiers_.push_back({
            .name = std::string(name.substr(name.rfind('.') + 1)),
            .topic = kafka.topic(name),
            .delay = settings.delays.at(i),
        });
    }
}

std::vector<std::string> DelayTiers::topics() const {
    std::vector<std::string> topics;
    for (const DelayTier& tier : tiers_) topics.push_back(tier.topic);
    return topics;
}

std::size_t DelayTiers::fitting(Millis wait) const {
    std::size_t tier = 0;
    while (tier + 1 < tiers_.size() && tiers_[tier + 1].delay <= wait) ++tier;
    return tier;
}

}  // namespace pagepress::worker
