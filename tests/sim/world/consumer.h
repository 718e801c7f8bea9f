// RecordSource of one worker: what librdkafka's consumer does, over the simulated broker.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "tests/sim/world/broker.h"
#include "worker/consume/record_source.h"

namespace pagepress::sim {

/// Used by the poll fiber of its worker. Stored offsets are committed in the background while the
/// process runs, and when partitions are given back.
class Consumer final : public RecordSource {
public:
    Consumer(Engine& engine, Broker& broker, Process& process, AssignmentListener& listener)
        : engine_(engine), broker_(broker), process_(process), listener_(listener) {}

    std::optional<IncomingRecord> poll(Millis wait) override;
    Result<void> store(std::int32_t partition, std::int64_t offset) override;

    [[nodiscard]] std::optional<std::int64_t> end_of(std::int32_t partition) const override {
        return broker_.end_of(partition);
    }

    void pause(std::int32_t partition) override;
    void resume(std::int32_t partition) override;
    void close(Millis deadline) override;

private:
    struct Assigned {
        std::int64_t position = 0;
        std::int64_t from = 0;  ///< committed offset at the assignment
        std::optional<std::int64_t> old_until;
        bool is_paused = false;
        std::int64_t stored = -1;
        std::int64_t committed = -1;
    };

    [[nodiscard]] bool serve_rebalance();
    void give_back(const std::vector<std::int32_t>& partitions);
    void lose_all();
    std::optional<IncomingRecord> fetch();
    void commit_soon();
    void commit_stored();

    Engine& engine_;
    Broker& broker_;
    Process& process_;
    AssignmentListener& listener_;
    int member_ = 0;
    bool is_commit_due_ = false;
    std::map<std::int32_t, Assigned> assigned_;
};

}  // namespace pagepress::sim
