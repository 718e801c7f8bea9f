// GET /admin/v1/doctor: what the ingress finds wrong with itself, Kafka, Redis and webhook secrets.
// Admin thread; the brokers may keep it for some seconds.
#pragma once

#include <vector>

#include "common/http_server/http_server.h"
#include "common/json/finding.h"
#include "ingress/admin/admin_ports.h"
#include "ingress/health/readiness.h"

namespace pagepress::ingress {

class DoctorRoute {
public:
    /// Both outlive the route.
    DoctorRoute(const AdminPorts& ports, const Readiness& readiness)
        : ports_(ports), readiness_(readiness) {}

    /// `{"findings":[{"level","subject","message"}]}`; the parameter `group` names the consumer
    /// group of the workers (default: pagepress-worker).
    [[nodiscard]] HttpReply handle(const HttpRequest& request) const;

private:
    void add_own(std::vector<Finding>& findings) const;
    void add_redis(std::vector<Finding>& findings) const;
    void add_sites(std::vector<Finding>& findings) const;

    const AdminPorts& ports_;
    const Readiness& readiness_;
};

}  // namespace pagepress::ingress
