#include "worker/consume/offset_tracker.h"

#include <algorithm>

namespace pagepress::worker {

bool OffsetTracker::deliver(std::int64_t offset) {
    if (last_delivered_ && offset <= *last_delivered_) return false;
    records_.push_back({.offset = offset, .is_finished = false});
    last_delivered_ = offset;
    return true;
}

void OffsetTracker::finish(std::int64_t offset) {
    const auto found = std::ranges::lower_bound(records_, offset, {}, &Record::offset);
    if (found == records_.end() || found->offset != offset) return;
    found->is_finished = true;
    while (!records_.empty() && records_.front().is_finished) records_.pop_front();
}

std::optional<std::int64_t> OffsetTracker::watermark() const {
    if (!records_.empty()) return records_.front().offset;
    if (!last_delivered_) return std::nullopt;
    return *last_delivered_ + 1;
}

}  // namespace pagepress::worker
