// The calls to one product of a site, as they count for its gates and budget.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "worker/atlassian/session.h"
#include "worker/limits/site_gates.h"

namespace pagepress::worker {

/// Used by one thread at a time; refers to what it is made of.
class SiteCallWatch final : public CallWatch {
public:
    enum class Product { kConfluence, kJira };

    SiteCallWatch(const GatePorts& ports, SiteGates& gates, std::string site, Product product)
        : ports_(ports), gates_(gates), site_(std::move(site)), product_(product) {}

    void begin_call(CallKind kind) override;
    void end_call(CallKind kind, const HttpAnswer* answer) override;

private:
    [[nodiscard]] Endpoint endpoint_of(CallKind kind) const;
    [[nodiscard]] Counter& counter_of(Endpoint endpoint, int status);

    const GatePorts ports_;
    SiteGates& gates_;
    const std::string site_;
    const Product product_;
    std::map<std::pair<Endpoint, int>, Counter> counters_;  ///< by endpoint and status; 0: none
};

}  // namespace pagepress::worker
