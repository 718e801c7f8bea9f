// The private listener: admin API, health and metrics. Its thread may block.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/metrics.h"
#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"
#include "ingress/admin/admin_tokens.h"
#include "ingress/admin/audit_routes.h"
#include "ingress/admin/dead_letter_routes.h"
#include "ingress/admin/entry_routes.h"
#include "ingress/admin/key_routes.h"
#include "ingress/health/readiness.h"

namespace pagepress::ingress {

class AdminService {
public:
    /// @param tokens          whose tokens open the admin API; none: it is closed
    /// @param before_metrics  brings values up to date that are only read when asked for
    AdminService(
        AdminPorts ports,
        AdminTokens tokens,
        const Readiness& readiness,
        const Metrics& metrics,
        std::function<void()> before_metrics
    );

    [[nodiscard]] HttpReply handle(const HttpRequest& request);

private:
    /// Name of who sent the request, if he may use the admin API.
    [[nodiscard]] std::optional<std::string_view> admin_of(const HttpRequest& request) const;
    [[nodiscard]] HttpReply handle_admin(const HttpRequest& request, std::string_view admin);
    [[nodiscard]] HttpReply handle_collection(
        const HttpRequest& request, std::string_view word, std::string_view admin
    );
    [[nodiscard]] HttpReply handle_key(
        const HttpRequest& request, std::string_view rest, std::string_view admin
    ) const;
    [[nodiscard]] HttpReply handle_topics(const HttpRequest& request, std::string_view admin) const;
    void note_topics(const std::vector<std::string>& created, std::string_view admin) const;
    [[nodiscard]] HttpReply handle_job(const HttpRequest& request, const std::string& id) const;
    [[nodiscard]] HttpReply readiness_reply() const;
    [[nodiscard]] HttpReply metrics_reply() const;

    const AdminPorts ports_;
    const AdminTokens tokens_;
    const Readiness& readiness_;
    const Metrics& metrics_;
    const std::function<void()> before_metrics_;
    const EntryRoutes entries_;
    const KeyRoutes keys_;
    const AuditRoutes audit_;
    DeadLetterRoutes dead_letters_;
};

}  // namespace pagepress::ingress
