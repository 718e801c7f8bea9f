#include "worker/limits/site_budget.h"

#include <algorithm>

namespace pagepress::worker {

namespace {

using Nanos = std::chrono::nanoseconds;

/// So much is given at once: enough that a wake-up now and then suffices, and less than a second's,
/// so that the requests of a second stay about as many as the limit says.
constexpr Nanos kDepth = Millis(250);
/// A hundred presses that were let in together may owe three requests each.
constexpr Nanos kDebtMax = std::chrono::seconds(60);
/// However little the site says that it takes, one press asks again after this.
constexpr Nanos kHintedWaitMax = std::chrono::seconds(30);
constexpr Millis kHintedMin{1'000};

CellRates rates_of(int requests_per_second, const PartitionShare& share) {
    const Nanos per_cell = Nanos(std::chrono::seconds(1)) * share.all /
                           (static_cast<std::int64_t>(requests_per_second) * share.own);
    return {.per_cell = per_cell, .depth = std::max(per_cell, kDepth), .debt_max = kDebtMax};
}

}  // namespace

std::optional<SteadyTime> SiteBudget::stops_until(
    const Site::Limits& limits, const PartitionShare& share, SteadyTime now
) const {
    Nanos wait{0};
    if (limits.requests_per_second) {
        wait = bucket_.wait(rates_of(*limits.requests_per_second, share), now);
    }
    if (hinted_until_ > now) wait = std::max(wait, hinted_.wait(hinted_rates_, now));
    if (wait == Nanos(0)) return std::nullopt;
    return now + std::chrono::ceil<SteadyTime::duration>(wait);
}

void SiteBudget::count_press(
    const Site::Limits& limits, const PartitionShare& share, SteadyTime now
) {
    ++prepaid_;
    add(limits, share, now);
}

void SiteBudget::count_request(
    const Site::Limits& limits, const PartitionShare& share, SteadyTime now
) {
    if (prepaid_ > 0) {
        --prepaid_;
    } else {
        add(limits, share, now);
    }
}

void SiteBudget::add(const Site::Limits& limits, const PartitionShare& share, SteadyTime now) {
    if (limits.requests_per_second) bucket_.add(rates_of(*limits.requests_per_second, share), now);
    if (hinted_until_ > now) hinted_.add(hinted_rates_, now);
}

void SiteBudget::heed(const RateHint& hint, const PartitionShare& share, SteadyTime now) {
    const auto remaining = std::max<std::int64_t>(1, hint.remaining);
    const Nanos per_cell = std::clamp(
        std::min(Nanos(hint.refill) / remaining, kHintedWaitMax) * share.all / share.own,
        Nanos(1),
        kHintedWaitMax
    );
    hinted_rates_ = {.per_cell = per_cell, .depth = per_cell, .debt_max = kDebtMax};
    hinted_until_ = now + std::max(hint.refill, kHintedMin);
    hinted_.drain(hinted_rates_, now);
}

std::optional<int> SiteBudget::presses_max(
    const Site::Limits& limits, const PartitionShare& share
) {
    if (!limits.presses) return std::nullopt;
    const std::int64_t own = static_cast<std::int64_t>(*limits.presses) * share.own / share.all;
    return static_cast<int>(std::max<std::int64_t>(1, own));
}

}  // namespace pagepress::worker
