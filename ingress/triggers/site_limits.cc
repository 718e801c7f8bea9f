#include "ingress/triggers/site_limits.h"

#include <algorithm>

namespace pagepress::ingress {

std::optional<std::chrono::seconds> SiteLimits::take(const Site& site, SteadyTime now) {
    if (!site.calls_per_minute) return std::nullopt;
    constexpr std::chrono::nanoseconds kBucket = std::chrono::minutes(1);
    const std::chrono::nanoseconds per_call = kBucket / *site.calls_per_minute;
    const MutexLock lock(mutex_);
    SteadyTime& full_at = full_at_[site.id];
    // A limit that was raised or lowered: never more than one empty bucket to wait for.
    const SteadyTime from = std::clamp(full_at, now, now + kBucket);
    const auto missing = from + per_call - (now + kBucket);
    if (missing > std::chrono::nanoseconds(0))
        return std::chrono::ceil<std::chrono::seconds>(missing);
    full_at = from + per_call;
    return std::nullopt;
}

}  // namespace pagepress::ingress
