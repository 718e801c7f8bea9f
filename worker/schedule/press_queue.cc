#include "worker/schedule/press_queue.h"

#include <algorithm>
#include <utility>

namespace pagepress::worker {

void PressQueue::fence(const std::set<std::uint64_t>& epochs) {
    for (const std::uint64_t epoch : epochs) live_epochs_.erase(epoch);
    scheduler_.remove_if([&](const RecordPosition& position) {
        return epochs.contains(position.epoch);
    });
}

std::optional<Press> PressQueue::take(SteadyTime now) {
    auto press = scheduler_.take(now);
    if (!press) return std::nullopt;
    std::set<std::uint64_t>& epochs = running_[press->key];
    for (const WaitingJob& job : press->jobs) epochs.insert(job.position.epoch);
    return press;
}

void PressQueue::hand_over(PressResult result) {
    std::vector<WaitingJob> again;
    for (JobResult& job : result.results) {
        if (job.verdict == Verdict::kDead) {
            finished_.dead.push_back(std::move(job));
        } else if (!comes_again(job.verdict)) {
            finished_.positions.push_back(job.job.position);
        } else if (job.due_at) {
            finished_.delayed.push_back(std::move(job));
        } else if (live_epochs_.contains(job.job.position.epoch)) {
            again.push_back(std::move(job.job));
        }
    }
    running_.erase(result.key);
    scheduler_.finish(result.key, std::move(again), result.not_before);
}

bool PressQueue::is_running(const std::set<std::uint64_t>& epochs) const {
    return std::ranges::any_of(running_, [&](const auto& press) {
        return std::ranges::any_of(press.second, [&](std::uint64_t epoch) {
            return epochs.contains(epoch);
        });
    });
}

Finished PressQueue::take_finished() {
    return std::exchange(finished_, {});
}

ExecutorLoad PressQueue::load() const {
    return {
        .waiting = scheduler_.waiting_count(),
        .running = scheduler_.running_count(),
        .parked_keys = scheduler_.parked_count(),
    };
}

}  // namespace pagepress::worker
