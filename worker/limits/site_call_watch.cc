#include "worker/limits/site_call_watch.h"

namespace pagepress::worker {

Endpoint SiteCallWatch::endpoint_of(CallKind kind) const {
    if (product_ == Product::kJira) return Endpoint::kJira;
    return kind == CallKind::kRead ? Endpoint::kConfluenceReads : Endpoint::kConfluenceWrites;
}

void SiteCallWatch::begin_call(CallKind) {
    gates_.count_request(site_);
}

Counter& SiteCallWatch::counter_of(Endpoint endpoint, int status) {
    const std::pair key(endpoint, status);
    const auto known = counters_.find(key);
    if (known != counters_.end()) return known->second;
    const Counter counter = ports_.metrics.counter(
        "pagepress_site_requests_total",
        "HTTP requests to sites, by status; none: no answer came.",
        {{"site", site_},
         {"endpoint", std::string(name_of(endpoint))},
         {"status", status == 0 ? "none" : std::to_string(status)}}
    );
    return counters_.emplace(key, counter).first->second;
}

void SiteCallWatch::end_call(CallKind kind, const HttpAnswer* answer) {
    counter_of(endpoint_of(kind), answer == nullptr ? 0 : answer->status).add();
    if (answer == nullptr) return;
    const auto now = ports_.clock.unix_now();
    if (is_quota_spent(*answer)) {
        const auto fault = fault_of(*answer, kind, "a call", now);
        if (fault) gates_.note_quota(site_, fault->error);
    } else if (const auto hint = rate_hint_of(*answer, now); hint && answer->status != 429) {
        gates_.heed(site_, *hint);
    }
}

}  // namespace pagepress::worker
