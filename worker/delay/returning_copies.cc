#include "worker/delay/returning_copies.h"

#include <algorithm>
#include <set>
#include <utility>

#include "common/base/log.h"
#include "worker/consume/topic_partition.h"
#include "worker/delay/delayed_copies.h"
#include "worker/delay/delayed_record.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kOverheadBytes = 512;

std::vector<Counter> return_counters(Metrics& metrics, const DelayTiers& tiers) {
    std::vector<Counter> counters;
    for (const DelayTier& tier : tiers.tiers()) {
        counters.push_back(metrics.counter(
            "pagepress_delayed_returned_total",
            "Copies of waiting jobs that went from a delayed topic back to the jobs.",
            {{"tier", tier.name}}
        ));
    }
    return counters;
}

}  // namespace

ReturningCopies::ReturningCopies(const Ports& ports, std::string jobs_topic, ReturnLimits limits)
    : ports_(ports),
      jobs_topic_(std::move(jobs_topic)),
      limits_(limits),
      sent_(copy_counters(ports.metrics, ports.tiers)),
      returned_(return_counters(ports.metrics, ports.tiers)),
      overdue_(ports.metrics.gauge(
          "pagepress_delayed_overdue_seconds",
          "How long the oldest copy at the head of a delayed partition should have gone on."
      )) {}

void ReturningCopies::take(IncomingRecord record) {
    const auto found = lanes_.find(record.partition);
    if (found == lanes_.end()) return;  // fetched before the partition was revoked
    Lane& lane = found->second;
    if (!lane.tracker.deliver(record.offset)) return;
    const UnixMillis until = number_of(record.headers, kUntilHeader);
    // No record stays longer than its tier's delay, whatever its sender's clock said.
    const Millis wait = std::clamp(
        Millis(until - ports_.clock.unix_now()),
        Millis(0),
        ports_.tiers.tiers().at(topic_index_of(record.partition)).delay
    );
    Held held{
        .record =
            {.topic = {},
             .key = std::move(record.key),
             .value = std::move(record.value),
             .headers = std::move(record.headers)},
        .offset = record.offset,
        .until = until > 0 ? until : ports_.clock.unix_now(),
        .let_go_at = ports_.clock.steady_now() + wait,
        .bytes = 0,
    };
    held.bytes = held.record.value.size() + kOverheadBytes;
    lane.held_bytes += held.bytes;
    lane.held.push_back(std::move(held));
}

void ReturningCopies::step(RecordSource& source) {
    source_ = &source;
    for (auto& [partition, lane] : lanes_) {
        let_go(partition, lane);
        apply_bounds(partition, lane);
        store(partition, lane);
    }
    show_overdue();
}

void ReturningCopies::let_go(std::int32_t partition, Lane& lane) {
    const auto now = ports_.clock.steady_now();
    while (!lane.held.empty() && lane.held.front().let_go_at <= now) {
        if (ports_.outbox.open_count() >= limits_.open_max) return;
        Held held = std::move(lane.held.front());
        lane.held.pop_front();
        lane.held_bytes -= held.bytes;
        const RecordPosition position{
            .partition = partition, .offset = held.offset, .epoch = lane.epoch};
        send(std::move(held), position);
    }
}

void ReturningCopies::send(Held held, const RecordPosition& position) {
    Record record = std::move(held.record);
    const UnixMillis now = ports_.clock.unix_now();
    const UnixMillis due = number_of(record.headers, kDueHeader);
    Counter counter = returned_.at(topic_index_of(position.partition));
    if (ports_.tiers.is_long(Millis(due - now))) {
        counter = sent_.at(address_copy(record, ports_.tiers, due, now));
    } else {
        record.topic = jobs_topic_;
        std::erase_if(record.headers, [](const RecordHeader& header) {
            return header.name == kUntilHeader;
        });
    }
    ports_.outbox.send({
        .record = std::move(record),
        .position = position,
        .on_persisted =
            [this, position, counter]() mutable {
                counter.add();
                finish(position);
            },
    });
}

void ReturningCopies::finish(const RecordPosition& position) {
    const auto found = lanes_.find(position.partition);
    if (found == lanes_.end() || found->second.epoch != position.epoch) return;
    found->second.tracker.finish(position.offset);
}

/// A pause throws away what was fetched ahead, so it ends only when most of what was held is gone.
void ReturningCopies::apply_bounds(std::int32_t partition, const Lane& lane) {
    const bool is_full =
        lane.held.size() >= limits_.held_max || lane.held_bytes >= limits_.held_bytes_max;
    const bool has_room =
        lane.held.size() <= limits_.held_max / 4 && lane.held_bytes <= limits_.held_bytes_max / 4;
    if (is_full) source_->pause(partition);
    if (has_room) source_->resume(partition);
}

void ReturningCopies::store(std::int32_t partition, Lane& lane) {
    const auto watermark = lane.tracker.watermark();
    if (!watermark || *watermark == lane.stored) return;
    if (source_->store(partition, *watermark)) lane.stored = *watermark;  // else at the next step
}

void ReturningCopies::show_overdue() {
    UnixMillis oldest = ports_.clock.unix_now();
    for (const auto& [partition, lane] : lanes_) {
        if (!lane.held.empty()) oldest = std::min(oldest, lane.held.front().until);
    }
    overdue_.set(static_cast<double>(ports_.clock.unix_now() - oldest) / 1000);
}

void ReturningCopies::on_assigned(const std::vector<std::int32_t>& partitions) {
    for (const std::int32_t partition : partitions) {
        lanes_[partition] = {.epoch = next_epoch_++, .tracker = {}, .held = {}};
    }
    log_info("partitions of delayed jobs assigned", {{"count", partitions.size()}});
}

void ReturningCopies::on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) {
    if (!is_lost && source_ != nullptr) ports_.flush(limits_.revoke_wait);
    std::set<std::uint64_t> epochs;
    for (const std::int32_t partition : partitions) {
        const auto found = lanes_.find(partition);
        if (found == lanes_.end()) continue;
        if (!is_lost && source_ != nullptr) store(partition, found->second);
        epochs.insert(found->second.epoch);
        lanes_.erase(found);
    }
    ports_.outbox.drop_waiting(epochs);
    log_info("partitions of delayed jobs revoked", {{"count", partitions.size()}});
}

}  // namespace pagepress::worker
