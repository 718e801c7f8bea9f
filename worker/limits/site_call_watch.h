// The calls to one product of a site, as they count for its gates and budget.
#pragma once

#include <string>

#include "worker/atlassian/session.h"
#include "worker/limits/site_gates.h"

namespace pagepress::worker {

/// Thread-safe; refers to what it is made of.
class SiteCallWatch final : public CallWatch {
public:
    enum class Product { kConfluence, kJira };

    SiteCallWatch(const GatePorts& ports, SiteGates& gates, std::string site, Product product)
        : ports_(ports), gates_(gates), site_(std::move(site)), product_(product) {}

    void begin_call(CallKind kind) override;
    void end_call(CallKind kind, const HttpAnswer* answer) override;

private:
    [[nodiscard]] Endpoint endpoint_of(CallKind kind) const;

    const GatePorts ports_;
    SiteGates& gates_;
    const std::string site_;
    const Product product_;
};

}  // namespace pagepress::worker
