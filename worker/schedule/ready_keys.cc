#include "worker/schedule/ready_keys.h"

#include <algorithm>

#include "common/base/invariant.h"

namespace pagepress::worker {

ReadyKeys::Place ReadyKeys::add(const std::string& key, const std::string& site, Lane lane) {
    const auto [found, is_new] = sites_.try_emplace(site);
    if (is_new) found->second.turn = turns_.insert(turns_.end(), site);
    Keys& keys = lane == Lane::kCalls ? found->second.calls : found->second.batches;
    return {.site = site, .lane = lane, .at = keys.insert(keys.end(), key)};
}

void ReadyKeys::remove(const Place& place) {
    const auto site = sites_.find(place.site);
    INVARIANT(site != sites_.end());
    (place.lane == Lane::kCalls ? site->second.calls : site->second.batches).erase(place.at);
    drop_if_empty(site);
}

std::optional<std::string> ReadyKeys::take(SteadyTime now) {
    held_until_.reset();
    for (std::size_t left = turns_.size(); left > 0; --left) {
        const auto site = sites_.find(turns_.front());
        turns_.splice(turns_.end(), turns_, turns_.begin());
        const auto [lane, calls_in_a_row] = next_lane(site->second);
        const auto held =
            pace_ == nullptr ? std::nullopt : pace_->begin(site->first, lane->front(), now);
        if (held) {
            held_until_ = std::min(held_until_.value_or(*held), *held);
            continue;
        }
        site->second.calls_in_a_row = calls_in_a_row;
        std::string key = std::move(lane->front());
        lane->pop_front();
        drop_if_empty(site);
        return key;
    }
    return std::nullopt;
}

void ReadyKeys::end(const Place& place, const std::string& key) {
    if (pace_ != nullptr) pace_->end(place.site, key);
}

std::pair<ReadyKeys::Keys*, int> ReadyKeys::next_lane(Site& site) {
    if (site.batches.empty()) return {&site.calls, 0};
    if (!site.calls.empty() && site.calls_in_a_row < kCallsPerBatchKey) {
        return {&site.calls, site.calls_in_a_row + 1};
    }
    return {&site.batches, 0};
}

void ReadyKeys::drop_if_empty(Sites::iterator site) {
    if (!site->second.calls.empty() || !site->second.batches.empty()) return;
    turns_.erase(site->second.turn);
    sites_.erase(site);
}

}  // namespace pagepress::worker
