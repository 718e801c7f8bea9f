#include "worker/schedule/ready_keys.h"

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

std::optional<std::string> ReadyKeys::take() {
    if (turns_.empty()) return std::nullopt;
    const auto site = sites_.find(turns_.front());
    turns_.splice(turns_.end(), turns_, turns_.begin());
    Keys& lane = next_lane(site->second);
    std::string key = std::move(lane.front());
    lane.pop_front();
    drop_if_empty(site);
    return key;
}

ReadyKeys::Keys& ReadyKeys::next_lane(Site& site) {
    if (site.batches.empty()) {
        site.calls_in_a_row = 0;
        return site.calls;
    }
    if (!site.calls.empty() && site.calls_in_a_row < kCallsPerBatchKey) {
        ++site.calls_in_a_row;
        return site.calls;
    }
    site.calls_in_a_row = 0;
    return site.batches;
}

void ReadyKeys::drop_if_empty(Sites::iterator site) {
    if (!site->second.calls.empty() || !site->second.batches.empty()) return;
    turns_.erase(site->second.turn);
    sites_.erase(site);
}

}  // namespace pagepress::worker
