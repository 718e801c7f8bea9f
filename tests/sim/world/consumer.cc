#include "tests/sim/world/consumer.h"

#include <algorithm>
#include <utility>

namespace pagepress::sim {

namespace {

std::vector<std::int32_t> keys_of(const auto& partitions) {
    std::vector<std::int32_t> keys;
    for (const auto& [partition, rest] : partitions) keys.push_back(partition);
    return keys;
}

}  // namespace

std::optional<IncomingRecord> Consumer::poll(Millis wait) {
    if (engine_.is_unwinding()) return std::nullopt;
    engine_.sleep(Millis(engine_.random.chance(100) ? engine_.random.draw(0, 5) : 0));
    if (serve_rebalance()) return std::nullopt;
    if (auto record = fetch()) return record;
    broker_.arrivals.wait_until(engine_.now() + wait);
    return std::nullopt;
}

bool Consumer::serve_rebalance() {
    if (member_ == 0) {
        member_ = broker_.join(process_);
    } else if (!broker_.is_member(member_)) {
        lose_all();
        return true;
    }
    if (const auto revoked = broker_.take_revocations(member_); !revoked.empty()) {
        give_back(revoked);
        return true;
    }
    const auto added = broker_.take_assignments(member_);
    if (added.empty()) return false;
    listener_.on_assigned(added);
    for (const std::int32_t partition : added) {
        const std::int64_t from = broker_.committed(partition);
        assigned_[partition] = {.position = from, .from = from, .old_until = {}};
    }
    engine_.trace(
        process_.name, "is assigned partitions:", static_cast<std::int64_t>(added.size())
    );
    return true;
}

/// The session has ended: the partitions are others' already.
void Consumer::lose_all() {
    engine_.trace(process_.name, "loses its partitions");
    listener_.on_revoked(keys_of(assigned_), true);
    assigned_.clear();
    member_ = broker_.join(process_);
}

void Consumer::give_back(const std::vector<std::int32_t>& partitions) {
    engine_.trace(process_.name, "gives back", static_cast<std::int64_t>(partitions.size()));
    listener_.on_revoked(partitions, !broker_.is_member(member_));
    engine_.sleep(Millis(engine_.random.draw(0, 20)));
    // A commit that fails here only means that the next owner sees the records again.
    if (!engine_.random.chance(100)) commit_stored();
    for (const std::int32_t partition : partitions) assigned_.erase(partition);
    broker_.on_given_back(member_, partitions);
}

std::optional<IncomingRecord> Consumer::fetch() {
    std::vector<std::int32_t> ready;
    for (const auto& [partition, assigned] : assigned_) {
        const bool has_more = broker_.record_at(partition, assigned.position) != nullptr;
        if (has_more && !assigned.is_paused) ready.push_back(partition);
    }
    if (ready.empty()) return std::nullopt;
    const std::int32_t partition = engine_.random.one_of(ready);
    Assigned& assigned = assigned_.at(partition);
    const LogRecord record = *broker_.record_at(partition, assigned.position);
    if (!assigned.old_until) assigned.old_until = broker_.end_of(partition);
    assigned.position = record.offset + 1;
    if (engine_.random.chance(broker_.refetches)) {
        assigned.position = engine_.random.draw(assigned.from, assigned.position);
    }
    return IncomingRecord{
        .partition = partition,
        .offset = record.offset,
        .key = record.key,
        .value = record.value,
        .headers = record.headers,
        .may_be_redelivered = record.offset < *assigned.old_until,
    };
}

Result<void> Consumer::store(std::int32_t partition, std::int64_t offset) {
    const auto found = assigned_.find(partition);
    if (found == assigned_.end()) return fail(ErrorCode::kNotFound, "not assigned");
    found->second.stored = offset;
    commit_soon();
    return {};
}

void Consumer::commit_soon() {
    if (std::exchange(is_commit_due_, true)) return;
    engine_.after(Millis(engine_.random.draw(1, 100)), [this, &process = process_] {
        if (process.is_dead) return;  // and this object with it
        is_commit_due_ = false;
        if (process.frozen_until > engine_.now()) {
            commit_soon();
        } else {
            commit_stored();
        }
    });
}

void Consumer::commit_stored() {
    for (auto& [partition, assigned] : assigned_) {
        if (assigned.stored < 0 || assigned.stored == assigned.committed) continue;
        if (broker_.commit(member_, partition, assigned.stored)) {
            assigned.committed = assigned.stored;
        }
    }
}

void Consumer::pause(std::int32_t partition) {
    if (const auto found = assigned_.find(partition); found != assigned_.end()) {
        found->second.is_paused = true;
    }
}

void Consumer::resume(std::int32_t partition) {
    if (const auto found = assigned_.find(partition); found != assigned_.end()) {
        found->second.is_paused = false;
    }
}

void Consumer::close(Millis) {
    if (member_ == 0) return;
    if (broker_.is_member(member_)) {
        give_back(keys_of(assigned_));
        broker_.leave(member_);
    } else {
        listener_.on_revoked(keys_of(assigned_), true);
        assigned_.clear();
    }
}

}  // namespace pagepress::sim
