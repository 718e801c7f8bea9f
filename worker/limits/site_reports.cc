// SiteGates as people see them.
#include "worker/limits/site_gates.h"

namespace pagepress::worker {

ClosedGate closed_gate_of(Endpoint endpoint, const EndpointGate& gate) {
    return {
        .endpoint = endpoint, .kind = gate.kind(), .until = gate.until(), .reason = gate.reason()};
}

std::vector<SiteGates::SiteReport> SiteGates::report() const {
    const auto now = ports_.clock.steady_now();
    std::vector<SiteReport> sites;
    const MutexLock lock(mutex_);
    for (const auto& [id, site] : sites_) {
        SiteReport report{
            .site = id,
            .running = site.running,
            .held_by = site.held_by,
            .gates = {},
            .limits = limits_of(id)};
        report.presses_while_opening = site.opening;
        if (const auto stops = site.budget.stops_until(report.limits, share_, now)) {
            report.held_ms = std::chrono::ceil<Millis>(*stops - now).count();
        }
        for (const Endpoint endpoint : kEndpoints) {
            const EndpointGate& gate = gate_of(site, endpoint);
            report.gates.push_back({
                .gate = closed_gate_of(endpoint, gate),
                .is_closed = gate.is_closed(now),
                .is_half_open = gate.is_half_open(now),
                .failures = gate.failures(),
            });
        }
        sites.push_back(std::move(report));
    }
    return sites;
}

}  // namespace pagepress::worker
