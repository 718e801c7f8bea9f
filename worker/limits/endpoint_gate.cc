#include "worker/limits/endpoint_gate.h"

#include <utility>

namespace pagepress::worker {

std::optional<SteadyTime> EndpointGate::stops_until(SteadyTime now) const {
    if (is_closed(now)) return until_;
    if (is_half_open(now) && !probe_.empty() && probe_until_ > now) return probe_until_;
    return std::nullopt;
}

void EndpointGate::begin_probe(const std::string& key, SteadyTime until) {
    probe_ = key;
    probe_until_ = until;
}

bool EndpointGate::end_probe(const std::string& key, SteadyTime now) {
    if (probe_ != key) return false;
    probe_.clear();
    return is_half_open(now);
}

bool EndpointGate::count_failure(const std::string& page) {
    ++failures_;
    if (failing_pages_.size() < kPagesMin) failing_pages_.insert(page);
    const bool is_on_probation = closings_ > 0;
    return is_on_probation || (failures_ >= kFailuresMax && failing_pages_.size() >= kPagesMin);
}

void EndpointGate::open_on_probation() {
    const int closings = closings_;
    open();
    closings_ = closings;
}

void EndpointGate::close(Closing closing) {
    *this = {};
    is_shut_ = true;
    kind_ = closing.kind;
    until_ = closing.until;
    reason_ = std::move(closing.reason);
    closings_ = closing.closings;
}

}  // namespace pagepress::worker
