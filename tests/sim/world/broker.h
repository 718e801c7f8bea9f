// Kafka: the jobs topic with its partitions and one consumer group, the delayed topics with who
// brings their copies back, and the dead letters.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "common/kafka/record.h"
#include "tests/sim/world/engine.h"
#include "tests/sim/world/oracle.h"

namespace pagepress::sim {

struct LogRecord {
    std::int64_t offset = 0;
    std::string key;
    std::string value;
    std::vector<RecordHeader> headers;
};

/// What producing may come to, per 1000 records, until `until`.
struct ProduceFaults {
    int refused = 0;
    int unknown_persisted = 0;
    int unknown_lost = 0;
    Millis until{0};
    bool is_down = false;
};

/// The brokers and the group's coordinator. Passive but for the events that it schedules.
class Broker {
public:
    static constexpr Millis kSessionTimeout{800};
    static constexpr Millis kRebalanceTimeout{1000};

    Broker(Engine& engine, Oracle& oracle, int partition_count);

    /// Appends and reports later, as librdkafka's producer does.
    void produce(const Record& record, std::function<void(Persistence)> report);

    /// Appends a job's record at once.
    void append(const Record& record, Origin origin);

    /// The first record of a partition at or after `offset`; null if there is none.
    [[nodiscard]] const LogRecord* record_at(std::int32_t partition, std::int64_t offset) const;

    [[nodiscard]] std::int64_t end_of(std::int32_t partition) const {
        return ends_.at(at(partition));
    }

    [[nodiscard]] std::int64_t committed(std::int32_t partition) const {
        return committed_.at(at(partition));
    }

    /// Told whenever a record arrives.
    Signal arrivals;

    /// Per 1000 fetches of any consumer: those that begin again further back.
    int refetches = 0;
    ProduceFaults faults;
    std::function<void(const Job&)> on_letter;

    // ---- the group ---------------------------------------------------------------------------

    /// A consumer's membership. Ids are never used twice.
    int join(Process& process);

    /// The member leaves, or is taken for dead: its partitions go to others.
    void leave(int member);

    [[nodiscard]] bool is_member(int member) const { return members_.contains(member); }

    /// Partitions that the member must give back; empty once it has.
    [[nodiscard]] std::vector<std::int32_t> take_revocations(int member);

    /// Partitions that the member has been given since it last asked.
    [[nodiscard]] std::vector<std::int32_t> take_assignments(int member);

    /// The member has given these back.
    void on_given_back(int member, const std::vector<std::int32_t>& partitions);

    /// Commits if the partition is the member's.
    bool commit(int member, std::int32_t partition, std::int64_t offset);

    /// Spreads the partitions anew, by chance.
    void rebalance();

private:
    struct Member {
        Process* process = nullptr;
        Millis seen_at{0};
        std::set<std::int32_t> to_assign;
        std::set<std::int32_t> to_revoke;
    };

    static constexpr int kNobody = -1;

    static std::size_t at(std::int32_t partition) { return static_cast<std::size_t>(partition); }

    void persist(const Record& record);
    void delay(Record copy);
    void watch(int member);
    void ask_to_give_back(std::int32_t partition);
    void hand_out(std::int32_t partition);

    Engine& engine_;
    Oracle& oracle_;
    std::vector<std::vector<LogRecord>> partitions_;
    std::vector<std::int64_t> ends_;
    std::vector<std::int64_t> committed_;
    std::vector<int> owners_;
    std::vector<int> targets_;
    std::map<int, Member> members_;
    int next_member_ = 1;
};

}  // namespace pagepress::sim
