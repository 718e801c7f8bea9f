#include "ingress/triggers/site_limits.h"

namespace pagepress::ingress {

std::optional<std::chrono::seconds> SiteLimits::take(const Site& site, SteadyTime now) {
    if (!site.calls_per_minute) return std::nullopt;
    constexpr std::chrono::nanoseconds kBucket = std::chrono::minutes(1);
    const CellRates rates{.per_cell = kBucket / *site.calls_per_minute, .depth = kBucket};
    const MutexLock lock(mutex_);
    CellRate& bucket = buckets_[site.id];
    const auto wait = bucket.wait(rates, now);
    if (wait > std::chrono::nanoseconds(0)) return std::chrono::ceil<std::chrono::seconds>(wait);
    bucket.add(rates, now);
    return std::nullopt;
}

}  // namespace pagepress::ingress
