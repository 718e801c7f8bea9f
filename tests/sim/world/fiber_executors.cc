#include "tests/sim/world/fiber_executors.h"

#include <utility>

namespace pagepress::sim {

namespace {

constexpr Millis kIdle{60'000};

}  // namespace

FiberExecutors::FiberExecutors(
    Engine& engine,
    Process& process,
    Oracle& oracle,
    SitePace& pace,
    std::vector<Executor> executors
)
    : engine_(engine),
      process_(process),
      oracle_(oracle),
      queue_(&pace),
      work_(engine),
      ended_(engine) {
    for (Executor& execute : executors) {
        engine_.spawn(process, [this, executor = std::move(execute)] { run(executor); });
    }
}

bool FiberExecutors::revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) {
    queue_.fence(epochs);
    while (queue_.is_running(epochs)) {
        if (engine_.steady_now() >= deadline) return false;
        ended_.wait_until(Engine::since_origin(deadline));
    }
    return true;
}

void FiberExecutors::submit(const std::string& key, WaitingJob job) {
    queue_.submit(key, std::move(job));
    work_.notify();
}

void FiberExecutors::stop_taking() {
    is_stopping_ = true;
    work_.notify();
}

bool FiberExecutors::wait_idle(Millis deadline) {
    while (!queue_.is_idle() && engine_.now() < deadline) ended_.wait_until(deadline);
    return queue_.is_idle();
}

void FiberExecutors::run(const Executor& execute) {
    while (auto press = take()) {
        engine_.current()->reads.clear();
        engine_.trace(process_.name, "presses " + press->key);
        PressResult result = execute(*std::move(press));
        for (const JobResult& job : result.results) {
            engine_.trace(
                process_.name,
                "job " + job.job.job.id + " " + std::string(name_of(job.verdict)) + ": " +
                    job.status.reason
            );
        }
        oracle_.on_result(result, engine_.current()->reads);
        if (engine_.random.chance(100)) engine_.sleep(Millis(engine_.random.draw(0, 30)));
        queue_.hand_over(std::move(result));
        work_.notify();
        ended_.notify();
    }
}

std::optional<Press> FiberExecutors::take() {
    while (!is_stopping_) {
        if (auto press = queue_.take(engine_.steady_now())) {
            // Whoever waited for the first wake is busy now: another waits for the next one.
            work_.notify();
            return press;
        }
        const auto wake = queue_.next_wake();
        work_.wait_until(wake ? Engine::since_origin(*wake) : engine_.now() + kIdle);
    }
    return std::nullopt;
}

}  // namespace pagepress::sim
