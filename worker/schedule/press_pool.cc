#include "worker/schedule/press_pool.h"

#include <utility>

namespace pagepress::worker {

PressPool::PressPool(std::vector<Executor> executors, const Clock& clock, SitePace* pace)
    : clock_(clock), queue_(pace) {
    threads_.reserve(executors.size());
    for (Executor& execute : executors) {
        threads_.emplace_back([this, executor = std::move(execute)] { run(executor); });
    }
}

PressPool::~PressPool() {
    stop_taking();
    threads_.clear();
}

void PressPool::assign(std::uint64_t epoch) {
    const MutexLock lock(mutex_);
    queue_.assign(epoch);
}

bool PressPool::revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) {
    const MutexLock lock(mutex_);
    queue_.fence(epochs);
    while (queue_.is_running(epochs)) {
        if (clock_.steady_now() >= deadline) return false;
        ended_.wait_until(mutex_, deadline);
    }
    return true;
}

void PressPool::submit(const std::string& key, WaitingJob job) {
    {
        const MutexLock lock(mutex_);
        queue_.submit(key, std::move(job));
    }
    work_.notify_one();
}

Finished PressPool::take_finished() {
    const MutexLock lock(mutex_);
    return queue_.take_finished();
}

ExecutorLoad PressPool::load() const {
    const MutexLock lock(mutex_);
    return queue_.load();
}

void PressPool::stop_taking() {
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
    }
    work_.notify_all();
}

bool PressPool::wait_idle(SteadyTime deadline) {
    const MutexLock lock(mutex_);
    while (!queue_.is_idle() && clock_.steady_now() < deadline) {
        ended_.wait_until(mutex_, deadline);
    }
    return queue_.is_idle();
}

void PressPool::run(const Executor& execute) {
    Press press;
    while (take(press)) hand_over(execute(std::move(press)));
}

bool PressPool::take(Press& press) {
    const MutexLock lock(mutex_);
    while (!is_stopping_) {
        if (auto ready = queue_.take(clock_.steady_now())) {
            press = *std::move(ready);
            // Whoever waited for the first parked key is busy now: another waits for the next one.
            // And a site that may be pressed again wakes nobody by itself.
            const bool has_more = queue_.has_ready(clock_.steady_now()) || queue_.next_wake();
            if (has_more) work_.notify_one();
            return true;
        }
        if (const auto wake = queue_.next_wake()) {
            work_.wait_until(mutex_, *wake);
        } else {
            work_.wait(mutex_);
        }
    }
    return false;
}

void PressPool::hand_over(PressResult result) {
    {
        const MutexLock lock(mutex_);
        queue_.hand_over(std::move(result));
    }
    work_.notify_one();
    ended_.notify_all();
}

}  // namespace pagepress::worker
