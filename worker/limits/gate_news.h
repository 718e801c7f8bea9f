// What gates tell: other workers, metrics, the log.
#pragma once

#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "worker/limits/gate.h"

namespace pagepress::worker {

/// What SiteGates needs. All outlive it.
struct GatePorts {
    const Clock& clock;
    Random& random;
    Metrics& metrics;
    const Catalog& catalog;         ///< the sites' limits
    SharedGates* shared = nullptr;  ///< null: gates of this process alone
};

/// Gathered under the lock of the gates, told after it is given back.
struct GateNews {
    std::vector<SharedGate> closed{};
    std::vector<Endpoint> opened{};

    void tell(const GatePorts& ports, const std::string& site) const;
};

/// Sets the metrics of one gate.
/// @param gate  null: open
void show_gate(
    const GatePorts& ports, const std::string& site, Endpoint endpoint, const SharedGate* gate
);

}  // namespace pagepress::worker
