#include "worker/limits/site_call_watch.h"

namespace pagepress::worker {

Endpoint SiteCallWatch::endpoint_of(CallKind kind) const {
    if (product_ == Product::kJira) return Endpoint::kJira;
    return kind == CallKind::kRead ? Endpoint::kConfluenceReads : Endpoint::kConfluenceWrites;
}

void SiteCallWatch::begin_call(CallKind) {
    gates_.count_request(site_);
}

void SiteCallWatch::end_call(CallKind kind, const HttpAnswer* answer) {
    ports_.metrics
        .counter(
            "pagepress_site_requests_total",
            "HTTP requests to sites, by status; none: no answer came.",
            {{"site", site_},
             {"endpoint", std::string(name_of(endpoint_of(kind)))},
             {"status", answer == nullptr ? "none" : std::to_string(answer->status)}}
        )
        .add();
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
