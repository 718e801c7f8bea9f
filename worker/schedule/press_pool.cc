#include "worker/schedule/press_pool.h"

#include <algorithm>
#include <utility>

namespace pagepress::worker {

namespace {

bool needs_more(Verdict verdict) {
    return verdict == Verdict::kRetry || verdict == Verdict::kSnooze;
}

}  // namespace

PressPool::PressPool(std::vector<Executor> executors, const Clock& clock, SitePace* pace)
    : clock_(clock), scheduler_(pace) {
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
    live_epochs_.insert(epoch);
}

bool PressPool::revoke(const std::set<std::uint64_t>& epochs, SteadyTime deadline) {
    const MutexLock lock(mutex_);
    for (const std::uint64_t epoch : epochs) live_epochs_.erase(epoch);
    scheduler_.remove_if([&](const RecordPosition& position) {
        return epochs.contains(position.epoch);
    });
    while (is_running(epochs)) {
        if (clock_.steady_now() >= deadline) return false;
        ended_.wait_until(mutex_, deadline);
    }
    return true;
}

bool PressPool::is_running(const std::set<std::uint64_t>& epochs) const {
    return std::ranges::any_of(running_, [&](const auto& press) {
        return std::ranges::any_of(press.second, [&](std::uint64_t epoch) {
            return epochs.contains(epoch);
        });
    });
}

void PressPool::submit(const std::string& key, WaitingJob job) {
    {
        const MutexLock lock(mutex_);
        scheduler_.submit(key, std::move(job));
    }
    work_.notify_one();
}

Finished PressPool::take_finished() {
    const MutexLock lock(mutex_);
    return std::exchange(finished_, {});
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
    while (!running_.empty() && clock_.steady_now() < deadline) {
        ended_.wait_until(mutex_, deadline);
    }
    return running_.empty();
}

PressPool::Load PressPool::load() const {
    const MutexLock lock(mutex_);
    return {
        .waiting = scheduler_.waiting_count(),
        .running = scheduler_.running_count(),
        .parked_keys = scheduler_.parked_count(),
    };
}

void PressPool::run(const Executor& execute) {
    Press press;
    while (take(press)) hand_over(execute(std::move(press)));
}

bool PressPool::take(Press& press) {
    const MutexLock lock(mutex_);
    while (!is_stopping_) {
        if (auto ready = scheduler_.take(clock_.steady_now())) {
            press = *std::move(ready);
            std::set<std::uint64_t>& epochs = running_[press.key];
            for (const WaitingJob& job : press.jobs) epochs.insert(job.position.epoch);
            // A site that may be pressed again wakes nobody by itself.
            if (scheduler_.has_ready(clock_.steady_now())) work_.notify_one();
            return true;
        }
        if (const auto wake = scheduler_.next_wake()) {
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
        std::vector<WaitingJob> again;
        for (JobResult& job : result.results) {
            if (job.verdict == Verdict::kDead) {
                finished_.dead.push_back(std::move(job));
            } else if (!needs_more(job.verdict)) {
                finished_.positions.push_back(job.job.position);
            } else if (live_epochs_.contains(job.job.position.epoch)) {
                again.push_back(std::move(job.job));
            }
        }
        running_.erase(result.key);
        scheduler_.finish(result.key, std::move(again), result.not_before);
    }
    work_.notify_one();
    ended_.notify_all();
}

}  // namespace pagepress::worker
