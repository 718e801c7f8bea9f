#include "worker/limits/gate_news.h"

#include "common/base/log.h"

namespace pagepress::worker {

namespace {

MetricLabels labels_of(const std::string& site, Endpoint endpoint) {
    return {{"site", site}, {"endpoint", std::string(name_of(endpoint))}};
}

}  // namespace

void GateNews::tell(const GatePorts& ports, const std::string& site) const {
    for (const SharedGate& gate : closed) {
        if (ports.shared != nullptr) ports.shared->close(site, gate);
        MetricLabels labels = labels_of(site, gate.endpoint);
        labels["kind"] = name_of(gate.kind);
        ports.metrics
            .counter("pagepress_gate_closed_total", "How often this worker closed a gate.", labels)
            .add();
        show_gate(ports, site, gate.endpoint, &gate);
        log_warn(
            "gate closed",
            {{"site", site},
             {"endpoint", name_of(gate.endpoint)},
             {"kind", name_of(gate.kind)},
             {"wait_ms", gate.wait.count()},
             {"reason", gate.reason}}
        );
    }
    for (const Endpoint endpoint : opened) {
        if (ports.shared != nullptr) ports.shared->open(site, endpoint);
        show_gate(ports, site, endpoint, nullptr);
        log_info("gate opened", {{"site", site}, {"endpoint", name_of(endpoint)}});
    }
}

void show_gate(
    const GatePorts& ports, const std::string& site, Endpoint endpoint, const SharedGate* gate
) {
    const MetricLabels labels = labels_of(site, endpoint);
    const double until_s =
        gate == nullptr ? 0
                        : static_cast<double>(ports.clock.unix_now() + gate->wait.count()) / 1000;
    ports.metrics
        .gauge(
            "pagepress_gate_closed_until_seconds",
            "Until when a gate is closed, Unix time; in the past: nobody has called since; 0: "
            "open.",
            labels
        )
        .set(until_s);
    const bool is_rejected = gate != nullptr && gate->kind == GateKind::kCredentials;
    ports.metrics
        .gauge(
            "pagepress_credentials_rejected",
            "1 while a site does not accept our credentials: look at its secret file.",
            labels
        )
        .set(is_rejected ? 1 : 0);
}

}  // namespace pagepress::worker
