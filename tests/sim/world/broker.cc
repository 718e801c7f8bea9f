#include "tests/sim/world/broker.h"

#include <algorithm>
#include <utility>

#include "common/base/invariant.h"
#include "worker/delay/delayed_record.h"

namespace pagepress::sim {

namespace {

std::size_t hash_of(const std::string& key) {
    std::size_t hash = 2166136261U;
    for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619U;
    return hash;
}

}  // namespace

Broker::Broker(Engine& engine, Oracle& oracle, int partition_count)
    : arrivals(engine),
      engine_(engine),
      oracle_(oracle),
      partitions_(static_cast<std::size_t>(partition_count)),
      ends_(partitions_.size(), 0),
      committed_(partitions_.size(), 0),
      owners_(partitions_.size(), kNobody),
      targets_(partitions_.size(), kNobody) {}

void Broker::append(const Record& record, Origin origin) {
    const std::size_t partition = hash_of(record.key) % partitions_.size();
    std::int64_t& end = ends_[partition];
    // Control records and compaction leave gaps.
    if (engine_.random.chance(100)) end += engine_.random.draw(1, 3);
    const auto job = decode_job(record.value);
    INVARIANT(job.has_value());
    oracle_.on_appended(static_cast<std::int32_t>(partition), end, *job, origin);
    engine_.trace("log", "job " + job->id + " at " + std::to_string(partition) + "/", end);
    partitions_[partition].push_back(
        {.offset = end, .key = record.key, .value = record.value, .headers = record.headers}
    );
    ++end;
    arrivals.notify();
}

void Broker::persist(const Record& record) {
    if (record.topic == "jobs") {
        append(record, Origin::kSent);
        return;
    }
    if (record.topic.starts_with("delayed.")) {
        delay(record);
        return;
    }
    const auto job = decode_job(record.value);
    INVARIANT(job.has_value());
    engine_.trace("dead", "letter of job " + job->id);
    oracle_.on_letter(*job);
    if (on_letter) on_letter(*job);
}

/// The thread that brings copies back is a part of this model: a copy may leave its topic some time
/// before it is due, which the worker that gets it spends in memory, later if a delay loop was
/// away, and twice if it died in between.
void Broker::delay(Record copy) {
    constexpr Millis kEarlyMax{100};
    constexpr Millis kLateMax{400};
    const auto job = decode_job(copy.value);
    INVARIANT(job.has_value());
    const Millis due = Engine::moment_of(number_of(copy.headers, kDueHeader));
    engine_.trace("delayed", "copy of job " + job->id + ", due at", due.count());
    oracle_.reach("copies on delayed topics");
    copy.topic = "jobs";
    std::erase_if(copy.headers, [](const RecordHeader& header) {
        return header.name == kUntilHeader;
    });
    const int times = engine_.random.chance(50) ? 2 : 1;
    for (int i = 0; i < times; ++i) {
        oracle_.on_delayed(*job);
        Millis back = due - Millis(engine_.random.draw(0, kEarlyMax.count()));
        if (engine_.random.chance(100)) back += Millis(engine_.random.draw(0, kLateMax.count()));
        engine_.at(std::max(back, engine_.now()), [this, copy] {
            append(copy, Origin::kReturned);
        });
    }
}

void Broker::produce(const Record& record, std::function<void(Persistence)> report) {
    auto outcome = Persistence::kPersisted;
    bool is_persisted = true;
    if (engine_.now() < faults.until) {
        int dice = static_cast<int>(engine_.random.draw(0, 999));
        const auto falls = [&dice](int per_mille) {
            dice -= per_mille;
            return dice < 0;
        };
        if (faults.is_down || falls(faults.refused)) {
            outcome = Persistence::kNotPersisted;
            is_persisted = false;
        } else if (falls(faults.unknown_persisted)) {
            outcome = Persistence::kPossiblyPersisted;
        } else if (falls(faults.unknown_lost)) {
            outcome = Persistence::kPossiblyPersisted;
            is_persisted = false;
        }
    }
    const Millis there(engine_.random.draw(1, 20));
    if (is_persisted) engine_.after(there, [this, record] { persist(record); });
    engine_.after(
        there + Millis(engine_.random.draw(0, 20)),
        [report = std::move(report), outcome] { report(outcome); }
    );
}

const LogRecord* Broker::record_at(std::int32_t partition, std::int64_t offset) const {
    const auto& records = partitions_.at(at(partition));
    const auto found = std::ranges::lower_bound(records, offset, {}, &LogRecord::offset);
    return found == records.end() ? nullptr : &*found;
}

int Broker::join(Process& process) {
    const int id = next_member_++;
    members_[id] = {
        .process = &process, .seen_at = engine_.now(), .to_assign = {}, .to_revoke = {}};
    engine_.trace(process.name, "joins as member", id);
    watch(id);
    rebalance();
    return id;
}

/// A crashed or stalled process sends no heartbeats.
void Broker::watch(int member) {
    engine_.after(Millis(200), [this, member] {
        const auto found = members_.find(member);
        if (found == members_.end()) return;
        const Process& process = *found->second.process;
        if (!process.is_dead && process.frozen_until <= engine_.now()) {
            found->second.seen_at = engine_.now();
        }
        if (engine_.now() - found->second.seen_at > kSessionTimeout) {
            oracle_.reach("sessions that ended");
            leave(member);
        } else {
            watch(member);
        }
    });
}

void Broker::leave(int member) {
    if (members_.erase(member) == 0) return;
    engine_.trace("group", "is left by member", member);
    for (std::size_t i = 0; i < owners_.size(); ++i) {
        if (owners_[i] == member) owners_[i] = kNobody;
    }
    rebalance();
}

void Broker::rebalance() {
    if (members_.empty()) return;
    std::vector<int> ids;
    for (const auto& [id, member] : members_) ids.push_back(id);
    const bool is_eager = engine_.random.chance(300);
    for (std::int32_t i = 0; i < static_cast<std::int32_t>(owners_.size()); ++i) {
        int& target = targets_[at(i)];
        const bool stays = members_.contains(target) && engine_.random.chance(500);
        if (!stays) target = engine_.random.one_of(ids);
        if (owners_[at(i)] == kNobody) {
            hand_out(i);
        } else if (owners_[at(i)] != target || is_eager) {
            ask_to_give_back(i);
        }
    }
    arrivals.notify();
}

void Broker::ask_to_give_back(std::int32_t partition) {
    const int owner = owners_[at(partition)];
    Member& member = members_.at(owner);
    if (member.to_assign.erase(partition) > 0) {
        owners_[at(partition)] = kNobody;  // it has not heard of it yet
        hand_out(partition);
        return;
    }
    if (!member.to_revoke.insert(partition).second) return;
    engine_.after(kRebalanceTimeout, [this, owner, partition] {
        const auto found = members_.find(owner);
        if (found == members_.end() || !found->second.to_revoke.contains(partition)) return;
        if (owners_[at(partition)] != owner) return;
        oracle_.reach("members that were too slow to give back");
        leave(owner);
    });
}

void Broker::hand_out(std::int32_t partition) {
    const int target = targets_[at(partition)];
    const auto found = members_.find(target);
    if (found == members_.end()) return;
    owners_[at(partition)] = target;
    found->second.to_assign.insert(partition);
}

std::vector<std::int32_t> Broker::take_revocations(int member) {
    const auto& partitions = members_.at(member).to_revoke;
    return {partitions.begin(), partitions.end()};
}

std::vector<std::int32_t> Broker::take_assignments(int member) {
    const auto taken = std::exchange(members_.at(member).to_assign, {});
    return {taken.begin(), taken.end()};
}

void Broker::on_given_back(int member, const std::vector<std::int32_t>& partitions) {
    const auto found = members_.find(member);
    if (found == members_.end()) return;
    for (const std::int32_t partition : partitions) {
        if (found->second.to_revoke.erase(partition) == 0) continue;
        if (owners_[at(partition)] != member) continue;
        owners_[at(partition)] = kNobody;
        hand_out(partition);
    }
    arrivals.notify();
}

bool Broker::commit(int member, std::int32_t partition, std::int64_t offset) {
    if (owners_[at(partition)] != member || !members_.contains(member)) {
        oracle_.reach("commits refused");
        return false;
    }
    engine_.trace("group", "commit of partition " + std::to_string(partition), offset);
    committed_[at(partition)] = offset;
    oracle_.on_committed(partition, offset);
    return true;
}

}  // namespace pagepress::sim
