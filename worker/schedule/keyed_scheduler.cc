#include "worker/schedule/keyed_scheduler.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "common/base/invariant.h"

namespace pagepress::worker {

void KeyedScheduler::submit(const std::string& key, WaitingJob job) {
    const auto [found, is_new] = lanes_.try_emplace(key);
    found->second.jobs.push_back(std::move(job));
    ++waiting_count_;
    if (is_new) make_ready(key, found->second);
}

std::optional<Press> KeyedScheduler::take(SteadyTime now) {
    wake(now);
    if (ready_.empty()) return std::nullopt;
    Press press{.key = std::move(ready_.front()), .jobs = {}};
    ready_.pop_front();
    Lane& lane = lanes_.at(press.key);
    INVARIANT(lane.state == State::kReady && !lane.jobs.empty());
    const auto count = static_cast<std::ptrdiff_t>(std::min(lane.jobs.size(), kJobsPerPressMax));
    const auto end = std::next(lane.jobs.begin(), count);
    press.jobs.assign(std::make_move_iterator(lane.jobs.begin()), std::make_move_iterator(end));
    lane.jobs.erase(lane.jobs.begin(), end);
    waiting_count_ -= press.jobs.size();
    lane.state = State::kRunning;
    ++running_count_;
    return press;
}

void KeyedScheduler::finish(
    const std::string& key, std::vector<WaitingJob> again, SteadyTime not_before
) {
    const auto found = lanes_.find(key);
    INVARIANT(found != lanes_.end() && found->second.state == State::kRunning);
    Lane& lane = found->second;
    --running_count_;
    const bool is_parked = !again.empty();
    waiting_count_ += again.size();
    lane.jobs.insert(
        lane.jobs.begin(),
        std::make_move_iterator(again.begin()),
        std::make_move_iterator(again.end())
    );
    if (is_parked) {
        lane.state = State::kParked;
        lane.not_before = not_before;
        parked_.emplace(not_before, key);
    } else if (lane.jobs.empty()) {
        lanes_.erase(found);
    } else {
        make_ready(key, lane);
    }
}

std::size_t KeyedScheduler::remove_if(const std::function<bool(const RecordPosition&)>& matches) {
    const std::size_t before = waiting_count_;
    for (auto at = lanes_.begin(); at != lanes_.end();) {
        Lane& lane = at->second;
        waiting_count_ -=
            lane.jobs.remove_if([&](const WaitingJob& job) { return matches(job.position); });
        if (!lane.jobs.empty() || lane.state == State::kRunning) {
            ++at;
            continue;
        }
        if (lane.state == State::kReady) ready_.remove(at->first);
        if (lane.state == State::kParked) unpark(at->first, lane.not_before);
        at = lanes_.erase(at);
    }
    return before - waiting_count_;
}

std::optional<SteadyTime> KeyedScheduler::next_wake() const {
    if (parked_.empty()) return std::nullopt;
    return parked_.begin()->first;
}

bool KeyedScheduler::has_ready(SteadyTime now) const {
    return !ready_.empty() || (!parked_.empty() && parked_.begin()->first <= now);
}

void KeyedScheduler::make_ready(const std::string& key, Lane& lane) {
    lane.state = State::kReady;
    ready_.push_back(key);
}

void KeyedScheduler::wake(SteadyTime now) {
    while (!parked_.empty() && parked_.begin()->first <= now) {
        const std::string key = std::move(parked_.begin()->second);
        parked_.erase(parked_.begin());
        make_ready(key, lanes_.at(key));
    }
}

void KeyedScheduler::unpark(const std::string& key, SteadyTime not_before) {
    const auto [begin, end] = parked_.equal_range(not_before);
    const auto found =
        std::find_if(begin, end, [&](const auto& entry) { return entry.second == key; });
    INVARIANT(found != end);
    parked_.erase(found);
}

}  // namespace pagepress::worker
