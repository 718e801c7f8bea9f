#include "worker/delay/delayed_copies.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"

namespace pagepress::worker {

DelayedCopies::DelayedCopies(
    Outbox& outbox,
    const DelayTiers& tiers,
    const Clock& clock,
    Metrics& metrics,
    OnDelayed on_delayed
)
    : outbox_(outbox),
      tiers_(tiers),
      clock_(clock),
      on_delayed_(std::move(on_delayed)),
      sent_(copy_counters(metrics, tiers)) {}

void DelayedCopies::delay(const JobResult& result) {
    INVARIANT(result.due_at.has_value());
    const DelayReason reason{.code = name_of(result.code), .text = result.status.reason};
    send(result.job, encode(result.job.job), *result.due_at, reason);
}

void DelayedCopies::delay(const WaitingJob& job, std::string value, UnixMillis due) {
    send(job, std::move(value), due, {.code = "not_before", .text = "waits for its time"});
}

void DelayedCopies::send(
    const WaitingJob& job, std::string value, UnixMillis due, const DelayReason& reason
) {
    Record copy{
        .topic = {},
        .key = route_key(job.job),
        .value = std::move(value),
        .headers = copy_headers(job, due, reason),
    };
    const std::size_t tier = address_copy(copy, tiers_, due, clock_.unix_now());
    outbox_.send({
        .record = std::move(copy),
        .position = job.position,
        .on_persisted =
            [this, tier, position = job.position] {
                sent_.at(tier).add();
                on_delayed_(position);
            },
    });
}

std::vector<Counter> copy_counters(Metrics& metrics, const DelayTiers& tiers) {
    std::vector<Counter> counters;
    for (const DelayTier& tier : tiers.tiers()) {
        counters.push_back(metrics.counter(
            "pagepress_delayed_copies_total",
            "Copies of waiting jobs that a delayed topic took.",
            {{"tier", tier.name}}
        ));
    }
    return counters;
}

std::size_t address_copy(Record& copy, const DelayTiers& tiers, UnixMillis due, UnixMillis now) {
    const std::size_t tier = tiers.fitting(Millis(due - now));
    const DelayTier& chosen = tiers.tiers().at(tier);
    copy.topic = chosen.topic;
    const UnixMillis until = std::min(due, now + chosen.delay.count());
    set_header(copy.headers, kUntilHeader, std::to_string(until));
    return tier;
}

}  // namespace pagepress::worker
