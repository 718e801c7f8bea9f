// The private listener: admin API, health and metrics. Its thread may block.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "common/base/digest.h"
#include "common/base/metrics.h"
#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"
#include "ingress/admin/entry_routes.h"
#include "ingress/health/readiness.h"

namespace pagepress::ingress {

class AdminService {
public:
    /// @param token           SHA-256 of the admin token; empty: the admin API is closed
    /// @param before_metrics  brings values up to date that are only read when asked for
    AdminService(
        AdminPorts ports,
        std::optional<Sha256> token,
        const Readiness& readiness,
        const Metrics& metrics,
        std::function<void()> before_metrics
    );

    [[nodiscard]] HttpReply handle(const HttpRequest& request) const;

private:
    [[nodiscard]] bool is_admin(const HttpRequest& request) const;
    [[nodiscard]] HttpReply handle_admin(const HttpRequest& request) const;
    [[nodiscard]] HttpReply handle_collection(const HttpRequest& request, std::string_view word)
        const;
    [[nodiscard]] HttpReply handle_topics(const HttpRequest& request) const;
    [[nodiscard]] HttpReply handle_job(const HttpRequest& request, const std::string& id) const;
    [[nodiscard]] HttpReply readiness_reply() const;
    [[nodiscard]] HttpReply metrics_reply() const;

    const AdminPorts ports_;
    const std::optional<Sha256> token_;
    const Readiness& readiness_;
    const Metrics& metrics_;
    const std::function<void()> before_metrics_;
    const EntryRoutes entries_;
};

}  // namespace pagepress::ingress
