// The executors of one worker as fibers: the same queue as in production, without its threads.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "tests/sim/world/oracle.h"
#include "worker/schedule/executors.h"
#include "worker/schedule/press_queue.h"

namespace pagepress::sim {

/// Calls come from fibers of one process; the waits of PressPool are suspensions here.
class FiberExecutors final : public Executors {
public:
    using Executor = std::function<PressResult(Press)>;

    FiberExecutors(
        Engine& engine,
        Process& process,
        Oracle& oracle,
        SitePace& pace,
        std::vector<Executor> executors
    );

    void assign(std::uint64_t epoch) override { queue_.assign(epoch); }

    bool revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) override;
    void submit(const std::string& key, WaitingJob job) override;

    [[nodiscard]] Finished take_finished() override { return queue_.take_finished(); }

    [[nodiscard]] ExecutorLoad load() const override { return queue_.load(); }

    void stop_taking();
    [[nodiscard]] bool wait_idle(Millis deadline);

private:
    void run(const Executor& execute);
    std::optional<Press> take();

    Engine& engine_;
    Process& process_;
    Oracle& oracle_;
    PressQueue queue_;
    Signal work_;
    Signal ended_;
    bool is_stopping_ = false;
};

}  // namespace pagepress::sim
