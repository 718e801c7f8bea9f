#include "worker/schedule/keyed_scheduler.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/invariant.h"

namespace pagepress::worker {

namespace {

bool is_call(const WaitingJob& job) {
    return job.job.parent.empty();
}

std::size_t calls_among(const std::list<WaitingJob>& jobs) {
    return static_cast<std::size_t>(std::ranges::count_if(jobs, is_call));
}

}  // namespace

void KeyedScheduler::submit(const std::string& key, WaitingJob job) {
    const auto [found, is_new] = queues_.try_emplace(key);
    Queue& queue = found->second;
    const SteadyTime due = job.due;
    const bool is_first_call = is_call(job) && queue.call_count == 0;
    if (is_call(job)) ++queue.call_count;
    queue.jobs.push_back(std::move(job));
    ++waiting_count_;
    if (is_new) {
        arrange(key, queue);
    } else if (queue.state == State::kParked && !queue.is_backing_off && due < queue.not_before) {
        unpark(key, queue.not_before);
        arrange(key, queue);
    } else if (queue.state == State::kReady && is_first_call) {
        ready_.remove(queue.place);
        make_ready(key, queue);
    }
}

std::optional<Press> KeyedScheduler::take(SteadyTime now) {
    wake(now);
    auto key = ready_.take(now);
    if (!key) return std::nullopt;
    Press press{.key = *std::move(key), .jobs = {}};
    Queue& queue = queues_.at(press.key);
    INVARIANT(queue.state == State::kReady && !queue.jobs.empty());
    const auto count = static_cast<std::ptrdiff_t>(std::min(queue.jobs.size(), kJobsPerPressMax));
    const auto end = std::next(queue.jobs.begin(), count);
    press.jobs.assign(std::make_move_iterator(queue.jobs.begin()), std::make_move_iterator(end));
    queue.jobs.erase(queue.jobs.begin(), end);
    queue.call_count = calls_among(queue.jobs);
    waiting_count_ -= press.jobs.size();
    queue.state = State::kRunning;
    ++running_count_;
    return press;
}

void KeyedScheduler::finish(
    const std::string& key, std::vector<WaitingJob> again, SteadyTime not_before
) {
    const auto found = queues_.find(key);
    INVARIANT(found != queues_.end() && found->second.state == State::kRunning);
    Queue& queue = found->second;
    --running_count_;
    ready_.end(queue.place, key);
    const bool is_backing_off = !again.empty();
    waiting_count_ += again.size();
    queue.jobs.insert(
        queue.jobs.begin(),
        std::make_move_iterator(again.begin()),
        std::make_move_iterator(again.end())
    );
    queue.call_count = calls_among(queue.jobs);
    if (is_backing_off) {
        park(key, queue, not_before);
        queue.is_backing_off = true;
    } else if (queue.jobs.empty()) {
        queues_.erase(found);
    } else {
        arrange(key, queue);
    }
}

std::size_t KeyedScheduler::remove_if(const std::function<bool(const RecordPosition&)>& matches) {
    const std::size_t before = waiting_count_;
    for (auto at = queues_.begin(); at != queues_.end();) {
        Queue& queue = at->second;
        const std::size_t removed =
            queue.jobs.remove_if([&](const WaitingJob& job) { return matches(job.position); });
        waiting_count_ -= removed;
        if (removed > 0) queue.call_count = calls_among(queue.jobs);
        if (!queue.jobs.empty() || queue.state == State::kRunning) {
            ++at;
            continue;
        }
        forget_place(at->first, queue);
        at = queues_.erase(at);
    }
    return before - waiting_count_;
}

std::optional<SteadyTime> KeyedScheduler::next_wake() const {
    const auto held = ready_.held_until();
    if (parked_.empty()) return held;
    return std::min(parked_.begin()->first, held.value_or(parked_.begin()->first));
}

bool KeyedScheduler::has_ready(SteadyTime now) const {
    return !ready_.is_empty() || (!parked_.empty() && parked_.begin()->first <= now);
}

void KeyedScheduler::arrange(const std::string& key, Queue& queue) {
    const auto first =
        std::ranges::min_element(queue.jobs, {}, [](const WaitingJob& job) { return job.due; });
    if (first->due == SteadyTime{}) {
        make_ready(key, queue);
    } else {
        park(key, queue, first->due);
    }
}

void KeyedScheduler::make_ready(const std::string& key, Queue& queue) {
    queue.state = State::kReady;
    const Lane lane = queue.call_count > 0 ? Lane::kCalls : Lane::kBatches;
    queue.place = ready_.add(key, queue.jobs.front().job.site, lane);
}

void KeyedScheduler::park(const std::string& key, Queue& queue, SteadyTime not_before) {
    queue.state = State::kParked;
    queue.is_backing_off = false;
    queue.not_before = not_before;
    parked_.emplace(not_before, key);
}

void KeyedScheduler::unpark(const std::string& key, SteadyTime not_before) {
    const auto [begin, end] = parked_.equal_range(not_before);
    const auto found =
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == key; });
    INVARIANT(found != end);
    parked_.erase(found);
}

void KeyedScheduler::forget_place(const std::string& key, Queue& queue) {
    if (queue.state == State::kReady) ready_.remove(queue.place);
    if (queue.state == State::kParked) unpark(key, queue.not_before);
}

void KeyedScheduler::wake(SteadyTime now) {
    while (!parked_.empty() && parked_.begin()->first <= now) {
        const std::string key = std::move(parked_.begin()->second);
        parked_.erase(parked_.begin());
        make_ready(key, queues_.at(key));
    }
}

}  // namespace pagepress::worker
