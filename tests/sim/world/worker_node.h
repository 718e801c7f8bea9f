// A worker process: the objects of production, put together as the service does, over the ports of
// this world.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "common/base/metrics.h"
#include "common/catalog/catalog.h"
#include "tests/sim/world/broker.h"
#include "tests/sim/world/consumer.h"
#include "tests/sim/world/fiber_executors.h"
#include "tests/sim/world/memory_client.h"
#include "tests/sim/world/sites.h"
#include "worker/batch/job_writer.h"
#include "worker/consume/dead_letters.h"
#include "worker/consume/poll_loop.h"
#include "worker/delay/delayed_copies.h"
#include "worker/press/presser.h"

namespace pagepress::sim {

struct WorkerLimits {
    int concurrency = 2;
    PressLimits press;
    PollLimits poll;
    DelaySettings delay;
    GateLimits gates;
    Millis drain_max{1000};
};

/// What a worker is given from outside.
struct WorkerPorts {
    Engine& engine;
    Oracle& oracle;
    Broker& broker;
    SiteServers& site;
    SharedMemory& memory;
    const Link& memory_link;
    const Catalog& catalog;
    TemplateCache& templates;
    Metrics& metrics;
};

/// From its start to its crash or end. Destroyed in events only.
class WorkerNode {
public:
    WorkerNode(const WorkerPorts& ports, WorkerLimits limits, const std::string& name);

    /// A crash, unless the worker has ended: nothing of it goes on.
    ~WorkerNode();

    WorkerNode(const WorkerNode&) = delete;
    WorkerNode& operator=(const WorkerNode&) = delete;

    /// SIGTERM.
    void stop() {
        is_stopping_ = true;
        loop_->stop();
    }

    [[nodiscard]] bool is_stopping() const { return is_stopping_; }

    [[nodiscard]] bool has_ended() const { return has_ended_; }

    [[nodiscard]] Process& process() { return process_; }

private:
    /// Letters and copies on their way to Kafka.
    class ExitSink final : public RecordSink {
    public:
        ExitSink(WorkerNode& node) : node_(node) {}

        Result<void> append(const Record& record, std::uint64_t ticket) override;

    private:
        WorkerNode& node_;
    };

    /// Batches are not simulated.
    class NoJobs final : public JobWriter {
        Result<void> write(const std::vector<Job>&, const std::string&) override {
            return fail(ErrorCode::kUnavailable, "no batches here");
        }
    };

    /// One executor with clients of its own.
    struct Own;

    [[nodiscard]] std::vector<FiberExecutors::Executor> make_executors();

    [[nodiscard]] Exits exits() { return {outbox_, letters_, copies_}; }

    void poll();
    void drain();
    void serve();

    const WorkerPorts ports_;
    const WorkerLimits limits_;
    Process& process_;
    MemoryClient memory_;
    NoJobs jobs_;
    IssueAliases aliases_;
    LocalLeases leases_;
    PutTurns put_turns_;
    SiteGates gates_;
    ExitSink sink_;
    Outbox outbox_;
    const DelayTiers tiers_;
    DeadLetters letters_;
    DelayedCopies copies_;
    std::vector<Delivery> deliveries_;
    std::unique_ptr<FiberExecutors> executors_;
    std::unique_ptr<PollLoop> loop_;
    std::unique_ptr<Consumer> consumer_;
    bool is_stopping_ = false;
    bool has_ended_ = false;
};

}  // namespace pagepress::sim
