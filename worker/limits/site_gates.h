// Who may call a site now: its gates, how many presses it takes at once, and how many requests.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "worker/limits/endpoint_gate.h"
#include "worker/limits/gate_news.h"
#include "worker/limits/site_budget.h"
#include "worker/schedule/site_pace.h"

namespace pagepress::worker {

struct GateLimits {
    /// First wait of a gate that was closed because the site fails, or asks to wait without saying
    /// how long. Each closing in a row doubles it, up to `wait_max`; all are jittered by 30 %.
    Millis failing_wait{2'000};
    /// The same where our credentials are rejected: accounts are locked after a few failed logins.
    Millis credentials_wait{10'000};
    Millis wait_max{60'000};
    /// Longest time that others wait for a probe; the longest call.
    Millis probe_max{30'000};
    /// A gate that stays closed for longer holds no press: jobs that wait that long leave the
    /// memory.
    Millis hold_max{30'000};
};

struct ClosedGate {
    Endpoint endpoint = Endpoint::kJira;
    GateKind kind = GateKind::kAsked;
    SteadyTime until{};
    std::string reason;
};

/// What a gate is closed by; of an open one its endpoint alone counts.
[[nodiscard]] ClosedGate closed_gate_of(Endpoint endpoint, const EndpointGate& gate);

/// Gates of this process and their copies for the others. A site stops all its presses while one of
/// its gates is closed, as a press needs them all; running presses may call the others.
/// Thread-safe, no threads of its own.
class SiteGates final : public SitePace {
public:
    explicit SiteGates(GatePorts ports, GateLimits limits = {});

    std::optional<SteadyTime> begin(const std::string& site, const std::string& key, SteadyTime now)
        override;
    void end(const std::string& site, const std::string& key) override;

    /// The gate of the site that is closed for longest; empty: none is.
    [[nodiscard]] std::optional<ClosedGate> closed(std::string_view site) const;

    /// The gate of one endpoint while it is closed; who asks is counted as turned away.
    [[nodiscard]] std::optional<ClosedGate> turn_away(std::string_view site, Endpoint endpoint);

    /// A call succeeded, or failed for a reason of its own that shows that the site works.
    void note_success(const std::string& site, Endpoint endpoint);

    /// A call failed. What shows that the site fails (kUnavailable, kUnknownOutcome), asks to wait
    /// (kRateLimited) or rejects our credentials has its effect on the gate; what says nothing of
    /// the site (kNotYet, kCancelled, kOverloaded, kCorrupt) has none.
    /// @param page  whose press it was, in any words
    void note_error(
        const std::string& site, Endpoint endpoint, const std::string& page, const Error& error
    );

    /// The site does not accept our credentials: closes all its gates.
    void note_credentials(const std::string& site, const std::string& reason);

    /// The quota of our account or app is spent: closes all gates of the site.
    void note_quota(const std::string& site, const Error& error);

    /// A gate that another worker has closed, or whose probe another one is.
    void mirror(const std::string& site, const SharedGate& gate);

    /// The shared gate is half-open, and this press is its probe.
    void adopt_probe(const std::string& site, const std::string& key, const SharedGate& gate);

    void count_request(const std::string& site);
    void heed(const std::string& site, const RateHint& hint);
    void set_share(const PartitionShare& share);
    [[nodiscard]] PartitionShare share() const;

    struct GateReport {
        ClosedGate gate;  ///< of an open one: its endpoint alone
        bool is_closed = false;
        bool is_half_open = false;
        int failures = 0;
    };

    struct SiteReport {
        std::string site;
        int running = 0;
        std::string held_by;  ///< what stopped the last press that asked; empty: nothing
        std::optional<std::int64_t> held_ms{};       ///< by limits, from now on
        std::optional<int> presses_while_opening{};  ///< at the same time, after a gate opened
        std::vector<GateReport> gates;
        Site::Limits limits;
    };

    /// All sites that were pressed so far, ordered by id.
    [[nodiscard]] std::vector<SiteReport> report() const;

private:
    struct SiteState {
        std::array<EndpointGate, kEndpoints.size()> gates;
        SiteBudget budget;
        int running = 0;
        /// After a gate opened: presses at the same time, one more with every success, so that
        /// what has waited does not come all at once.
        std::optional<int> opening;
        std::string held_by;
    };

    [[nodiscard]] static auto& gate_of(auto& site, Endpoint endpoint) {
        return site.gates.at(static_cast<std::size_t>(endpoint));
    }

    [[nodiscard]] Site::Limits limits_of(const std::string& site) const;
    [[nodiscard]] Millis next_wait(Millis first, int closings);
    [[nodiscard]] std::optional<SteadyTime> find_hold(
        SiteState& site, const Site::Limits& limits, SteadyTime now, std::string& reason
    ) REQUIRES(mutex_);
    void note_failure(
        const std::string& site, Endpoint endpoint, const std::string& page, const Error& error
    );
    void note_asked(const std::string& site, Endpoint endpoint, const Error& error);
    void close(SiteState& site, const SharedGate& gate, SteadyTime now) REQUIRES(mutex_);
    void open(SiteState& site, Endpoint endpoint, GateNews& news) REQUIRES(mutex_);

    const GatePorts ports_;
    const GateLimits limits_;
    mutable Mutex mutex_;
    std::map<std::string, SiteState, std::less<>> sites_ GUARDED_BY(mutex_);
    PartitionShare share_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
