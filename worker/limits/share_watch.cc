#include "worker/limits/share_watch.h"

#include <algorithm>

namespace pagepress::worker {

void ShareWatch::on_assigned(const std::vector<std::int32_t>& partitions) {
    own_.insert(partitions.begin(), partitions.end());
    all_ = std::max(all_, count_().value_or(0));
    tell();
    next_.on_assigned(partitions);
}

void ShareWatch::on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) {
    next_.on_revoked(partitions, is_lost);
    for (const std::int32_t partition : partitions) own_.erase(partition);
    tell();
}

/// Where Kafka does not say how many there are, there are as many as the numbers of ours show.
void ShareWatch::tell() {
    if (!own_.empty()) all_ = std::max(all_, *own_.rbegin() + 1);
    gates_.set_share({.own = static_cast<int>(own_.size()), .all = all_});
}

}  // namespace pagepress::worker
