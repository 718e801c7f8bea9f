#include "worker/limits/site_gates.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "worker/limits/gate_news.h"

namespace pagepress::worker {

namespace {

/// A press that has ended may let the next one in; asked again after this in any case.
constexpr Millis kAskAgain{1'000};
/// Presses at the same time from which on a gate that opened counts as open for all.
constexpr int kOpenPresses = 64;
/// A site that says to wait for no time at all is asked again after this at the earliest.
constexpr Millis kAskedWaitMin{500};
/// Longest wait for a site that does not say how long.
constexpr Millis kUnstatedWaitMax{30'000};

bool is_of_confluence(Endpoint endpoint) {
    return endpoint != Endpoint::kJira;
}

}  // namespace

SiteGates::SiteGates(GatePorts ports, GateLimits limits) : ports_(ports), limits_(limits) {}

Site::Limits SiteGates::limits_of(const std::string& site) const {
    const auto entry = ports_.catalog.site(site);
    return entry == nullptr ? Site::Limits{} : entry->limits;
}

Millis SiteGates::next_wait(Millis first, int closings) {
    constexpr int kDoublingsMax = 12;
    const int doublings = std::clamp(closings - 1, 0, kDoublingsMax);
    const Millis most = std::max(first, limits_.wait_max);
    const Millis wait = std::min(most, first * (1 << doublings));
    return std::min(most, wait * ports_.random.between(70, 130) / 100);
}

// ---- presses --------------------------------------------------------------------------------

std::optional<SteadyTime> SiteGates::begin(
    const std::string& site_id, const std::string& key, SteadyTime now
) {
    const Site::Limits limits = limits_of(site_id);
    std::string reason;
    const MutexLock lock(mutex_);
    SiteState& site = sites_[site_id];
    const auto held = find_hold(site, limits, now, reason);
    if (held && site.held_by != reason) {
        ports_.metrics
            .counter(
                "pagepress_site_holds_total",
                "How often the presses of a site had to wait, by reason.",
                {{"site", site_id}, {"reason", reason}}
            )
            .add();
    }
    site.held_by = std::move(reason);
    if (held) return held;
    ++site.running;
    const auto is_closed = [now](const EndpointGate& gate) { return gate.is_closed(now); };
    if (std::ranges::any_of(site.gates, is_closed)) return std::nullopt;  // to be turned away
    for (EndpointGate& gate : site.gates) {
        if (gate.is_half_open(now)) gate.begin_probe(key, now + limits_.probe_max);
    }
    site.budget.count_press(limits, share_, now);
    return std::nullopt;
}

/// @param reason  set where the answer is a time
std::optional<SteadyTime> SiteGates::find_hold(
    SiteState& site, const Site::Limits& limits, SteadyTime now, std::string& reason
) {
    std::optional<SteadyTime> latest;
    for (const Endpoint endpoint : kEndpoints) {
        EndpointGate& gate = gate_of(site, endpoint);
        if (gate.is_half_open(now) && gate.kind() == GateKind::kAsked) {
            gate.open_on_probation();
            site.opening = 1;
        }
        const auto stops = gate.stops_until(now);
        if (gate.is_closed(now) && gate.until() > now + limits_.hold_max) {
            reason.clear();
            return std::nullopt;
        }
        if (!stops || (latest && *latest >= *stops)) continue;
        latest = stops;
        reason = gate.is_closed(now) ? "gate" : "probe";
    }
    if (latest) return latest;
    if (site.opening && site.running >= *site.opening) {
        reason = "opening";
        return now + kAskAgain;
    }
    const auto presses_max = SiteBudget::presses_max(limits, share_);
    if (presses_max && site.running >= *presses_max) {
        reason = "presses";
        return now + kAskAgain;
    }
    const auto stops = site.budget.stops_until(limits, share_, now);
    if (stops) reason = "requests";
    return stops;
}

void SiteGates::end(const std::string& site_id, const std::string& key) {
    const auto now = ports_.clock.steady_now();
    GateNews news;
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        if (--site.running == 0) site.budget.settle();
        for (const Endpoint endpoint : kEndpoints) {
            EndpointGate& gate = gate_of(site, endpoint);
            if (!gate.end_probe(key, now)) continue;
            // It did not come to call the endpoint. Whoever does will tell.
            gate.open_on_probation();
            site.opening = 1;
            news.opened.push_back(endpoint);
        }
    }
    news.tell(ports_, site_id);
}

std::optional<ClosedGate> SiteGates::closed(std::string_view site_id) const {
    const auto now = ports_.clock.steady_now();
    const MutexLock lock(mutex_);
    const auto site = sites_.find(site_id);
    if (site == sites_.end()) return std::nullopt;
    std::optional<ClosedGate> latest;
    for (const Endpoint endpoint : kEndpoints) {
        const EndpointGate& gate = gate_of(site->second, endpoint);
        if (!gate.is_closed(now) || (latest && latest->until >= gate.until())) continue;
        latest = closed_gate_of(endpoint, gate);
    }
    return latest;
}

std::optional<ClosedGate> SiteGates::turn_away(std::string_view site_id, Endpoint endpoint) {
    const auto now = ports_.clock.steady_now();
    std::optional<ClosedGate> closed;
    {
        const MutexLock lock(mutex_);
        const auto site = sites_.find(site_id);
        if (site == sites_.end()) return std::nullopt;
        const EndpointGate& gate = gate_of(site->second, endpoint);
        if (!gate.is_closed(now)) return std::nullopt;
        closed = closed_gate_of(endpoint, gate);
    }
    ports_.metrics
        .counter(
            "pagepress_gate_turned_away_total",
            "Calls of running presses that were not made because their gate was closed.",
            {{"site", std::string(site_id)}, {"endpoint", std::string(name_of(endpoint))}}
        )
        .add();
    return closed;
}

// ---- what becomes of calls ------------------------------------------------------------------

void SiteGates::note_success(const std::string& site_id, Endpoint endpoint) {
    const auto now = ports_.clock.steady_now();
    GateNews news;
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        if (site.opening && ++*site.opening >= kOpenPresses) site.opening.reset();
        EndpointGate& gate = gate_of(site, endpoint);
        if (gate.is_closed(now)) return;  // a call that was under way when it closed
        const bool proves_login = gate.is_half_open(now) && gate.kind() == GateKind::kCredentials;
        if (gate.closings() > 0) open(site, endpoint, news);
        gate.open();
        for (const Endpoint other : kEndpoints) {
            EndpointGate& sibling = gate_of(site, other);
            const bool has_same_login = is_of_confluence(other) == is_of_confluence(endpoint);
            if (proves_login && has_same_login && sibling.is_half_open(now) &&
                sibling.kind() == GateKind::kCredentials) {
                open(site, other, news);
            }
        }
    }
    news.tell(ports_, site_id);
}

void SiteGates::open(SiteState& site, Endpoint endpoint, GateNews& news) {
    gate_of(site, endpoint).open();
    site.opening = std::max({1, site.running, site.opening.value_or(0)});
    news.opened.push_back(endpoint);
}

void SiteGates::note_error(
    const std::string& site, Endpoint endpoint, const std::string& page, const Error& error
) {
    switch (error.code) {
        case ErrorCode::kUnavailable:
        case ErrorCode::kUnknownOutcome:
            note_failure(site, endpoint, page, error);
            return;
        case ErrorCode::kRateLimited:
            note_asked(site, endpoint, error);
            return;
        case ErrorCode::kCredentialsRejected:
            note_credentials(site, error.message);
            return;
        case ErrorCode::kNotYet:
        case ErrorCode::kCancelled:
        case ErrorCode::kOverloaded:
        case ErrorCode::kCorrupt:
            return;
        case ErrorCode::kInvalidInput:
        case ErrorCode::kTooLarge:
        case ErrorCode::kNotFound:
        case ErrorCode::kForbidden:
        case ErrorCode::kTitleTaken:
        case ErrorCode::kConflict:
            note_success(site, endpoint);
            return;
    }
}

void SiteGates::note_failure(
    const std::string& site_id, Endpoint endpoint, const std::string& page, const Error& error
) {
    const auto now = ports_.clock.steady_now();
    GateNews news;
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        EndpointGate& gate = gate_of(site, endpoint);
        if (gate.is_closed(now)) return;
        const Millis stated = error.retry_after.value_or(Millis(0));
        const bool is_probe = gate.is_half_open(now);
        const bool asks_to_wait = stated >= kAskedWaitMin;
        if (!is_probe && !gate.count_failure(page) && !asks_to_wait) return;
        const bool is_login = is_probe && gate.kind() == GateKind::kCredentials;
        const int closings = gate.closings() + 1;
        const Millis first = is_login ? limits_.credentials_wait : limits_.failing_wait;
        news.closed.push_back({
            .endpoint = endpoint,
            .kind = is_login ? GateKind::kCredentials : GateKind::kFailing,
            .closings = closings,
            .reason = (is_probe ? "it still fails: " : "calls fail: ") + error.message,
            .wait = std::max(stated, next_wait(first, closings)),
        });
        close(site, news.closed.back(), now);
    }
    news.tell(ports_, site_id);
}

void SiteGates::note_asked(const std::string& site_id, Endpoint endpoint, const Error& error) {
    const auto now = ports_.clock.steady_now();
    GateNews news;
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        EndpointGate& gate = gate_of(site, endpoint);
        // Calls that were under way together are asked to wait together.
        const bool is_first = !gate.is_closed(now);
        const int closings = gate.closings() + (is_first ? 1 : 0);
        Millis wait = error.retry_after.value_or(
            std::min(kUnstatedWaitMax, next_wait(limits_.failing_wait, closings))
        );
        if (wait < kAskedWaitMin) wait = next_wait(kAskedWaitMin, closings);
        if (!is_first && gate.until() + kAskedWaitMin >= now + wait) return;
        news.closed.push_back({
            .endpoint = endpoint,
            .kind = is_first ? GateKind::kAsked : gate.kind(),
            .closings = closings,
            .reason = error.message,
            .wait = wait,
        });
        close(site, news.closed.back(), now);
    }
    news.tell(ports_, site_id);
}

void SiteGates::note_quota(const std::string& site, const Error& error) {
    for (const Endpoint endpoint : kEndpoints) note_asked(site, endpoint, error);
}

void SiteGates::note_credentials(const std::string& site_id, const std::string& reason) {
    const auto now = ports_.clock.steady_now();
    GateNews news;
    bool is_known = false;
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        int closings = 0;
        for (const EndpointGate& gate : site.gates) {
            if (gate.is_closed(now) && gate.kind() == GateKind::kCredentials) return;
            is_known = is_known || gate.kind() == GateKind::kCredentials;
            closings = std::max(closings, gate.closings());
        }
        const Millis wait = next_wait(limits_.credentials_wait, closings + 1);
        for (const Endpoint endpoint : kEndpoints) {
            news.closed.push_back({
                .endpoint = endpoint,
                .kind = GateKind::kCredentials,
                .closings = closings + 1,
                .reason = reason,
                .wait = wait,
            });
            close(site, news.closed.back(), now);
        }
    }
    if (!is_known) {
        log_error(
            "credentials rejected: jobs of this site wait until they are mended",
            {{"site", site_id}, {"reason", reason}}
        );
    }
    news.tell(ports_, site_id);
}

// ---- other workers --------------------------------------------------------------------------

void SiteGates::mirror(const std::string& site_id, const SharedGate& gate) {
    const auto now = ports_.clock.steady_now();
    {
        const MutexLock lock(mutex_);
        SiteState& site = sites_[site_id];
        const EndpointGate& own = gate_of(site, gate.endpoint);
        if (own.is_closed(now) && own.until() >= now + gate.wait) return;
        close(site, gate, now);
    }
    show_gate(ports_, site_id, gate.endpoint, &gate);
}

void SiteGates::adopt_probe(
    const std::string& site_id, const std::string& key, const SharedGate& gate
) {
    const auto now = ports_.clock.steady_now();
    const MutexLock lock(mutex_);
    SiteState& site = sites_[site_id];
    EndpointGate& own = gate_of(site, gate.endpoint);
    if (own.is_closed(now)) return;
    if (!own.is_half_open(now)) close(site, gate, now);
    own.begin_probe(key, now + limits_.probe_max);
}

void SiteGates::close(SiteState& site, const SharedGate& gate, SteadyTime now) {
    gate_of(site, gate.endpoint)
        .close({
            .kind = gate.kind,
            .until = now + gate.wait,
            .reason = gate.reason,
            .closings = gate.closings,
        });
}

// ---- budgets --------------------------------------------------------------------------------

void SiteGates::count_request(const std::string& site) {
    const Site::Limits limits = limits_of(site);
    const auto now = ports_.clock.steady_now();
    const MutexLock lock(mutex_);
    sites_[site].budget.count_request(limits, share_, now);
}

void SiteGates::heed(const std::string& site, const RateHint& hint) {
    const auto now = ports_.clock.steady_now();
    {
        const MutexLock lock(mutex_);
        sites_[site].budget.heed(hint, share_, now);
    }
    ports_.metrics
        .counter(
            "pagepress_near_limit_answers_total",
            "Answers that say that a limit of the site is near: presses are spread.",
            {{"site", site}}
        )
        .add();
}

void SiteGates::set_share(const PartitionShare& share) {
    const MutexLock lock(mutex_);
    share_ = {.own = std::max(1, share.own), .all = std::max({1, share.own, share.all})};
}

PartitionShare SiteGates::share() const {
    const MutexLock lock(mutex_);
    return share_;
}

}  // namespace pagepress::worker
