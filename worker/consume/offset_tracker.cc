#include "worker/consume/offset_tracker.h"

#include <algorithm>

#include "common/base/invariant.h"

namespace pagepress::worker {

bool OffsetTracker::deliver(std::int64_t offset) {
    if (last_delivered_ && offset <= *last_delivered_) return false;
    records_.push_back({.offset = offset, .since = std::nullopt, .is_finished = false});
    ++unfinished_;
    last_delivered_ = offset;
    return true;
}

void OffsetTracker::set_since(UnixMillis since) {
    INVARIANT(!records_.empty() && !records_.back().since);
    records_.back().since = since;
    ++since_[since];
}

void OffsetTracker::postpone(std::int64_t offset, SteadyTime until, std::size_t bytes) {
    const auto [wait, is_new] = waiting_.try_emplace(offset, Wait{.until = until, .bytes = bytes});
    INVARIANT(is_new && offset == last_delivered_);
    wakes_.emplace(until, offset);
    waiting_bytes_ += bytes;
}

void OffsetTracker::wake(SteadyTime now) {
    while (!wakes_.empty() && wakes_.begin()->first <= now) {
        end_wait(waiting_.find(wakes_.begin()->second));
    }
}

void OffsetTracker::end_wait(std::map<std::int64_t, Wait>::iterator wait) {
    wakes_.erase({wait->second.until, wait->first});
    waiting_bytes_ -= wait->second.bytes;
    waiting_.erase(wait);
}

void OffsetTracker::finish(std::int64_t offset) {
    const auto found = std::ranges::lower_bound(records_, offset, {}, &Record::offset);
    if (found == records_.end() || found->offset != offset || found->is_finished) return;
    found->is_finished = true;
    --unfinished_;
    if (found->since) forget(*found->since);
    // Another job's press may have taken it along before its time.
    if (const auto wait = waiting_.find(offset); wait != waiting_.end()) end_wait(wait);
    while (!records_.empty() && records_.front().is_finished) records_.pop_front();
}

void OffsetTracker::forget(UnixMillis since) {
    const auto found = since_.find(since);
    if (--found->second == 0) since_.erase(found);
}

std::optional<std::int64_t> OffsetTracker::watermark() const {
    if (!records_.empty()) return records_.front().offset;
    return delivered_until();
}

std::optional<UnixMillis> OffsetTracker::oldest() const {
    return since_.empty() ? std::nullopt : std::optional(since_.begin()->first);
}

std::optional<std::int64_t> OffsetTracker::delivered_until() const {
    return last_delivered_ ? std::optional(*last_delivered_ + 1) : std::nullopt;
}

}  // namespace pagepress::worker
