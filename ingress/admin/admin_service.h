// The requests of the private listener: admin API, health and metrics.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/base/metrics.h"
#include "common/base/mutex.h"
#include "common/http_server/http_server.h"
#include "ingress/admin/admin_paths.h"
#include "ingress/admin/admin_ports.h"
#include "ingress/admin/admin_tokens.h"
#include "ingress/admin/audit_routes.h"
#include "ingress/admin/batch_routes.h"
#include "ingress/admin/dead_letter_routes.h"
#include "ingress/admin/doctor_route.h"
#include "ingress/admin/entry_routes.h"
#include "ingress/admin/key_routes.h"
#include "ingress/health/readiness.h"
#include "ingress/http/status_waits.h"

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

    /// Health and metrics on any one thread, admin calls on another one.
    [[nodiscard]] HttpReply handle(const HttpRequest& request);

    /// Whether answering may take as long as Kafka or Redis do.
    [[nodiscard]] static bool may_block(const HttpRequest& request) {
        return request.path.starts_with("/admin");
    }

    /// 403 for a call of the admin API without a token that is in force; empty: `handle` answers,
    /// which looks again, since the call may have waited for its turn. Any thread.
    [[nodiscard]] std::optional<HttpReply> refusal(const HttpRequest& request) const;

    /// What an admin waits for who asks for a job or batch with `?wait=`; empty: `handle` answers.
    /// Any thread.
    [[nodiscard]] std::optional<LongPoll> long_poll(const HttpRequest& request) const;

    /// Whoever is not in `tokens` is shut out from now on, with calls that wait for their turn too.
    /// Any thread.
    void replace_tokens(AdminTokens tokens);

private:
    /// Name of who sent the request, if he may use the admin API.
    [[nodiscard]] std::optional<std::string> admin_of(const HttpRequest& request) const;
    [[nodiscard]] HttpReply answer(
        const HttpRequest& request, const AdminMatch& match, const std::string& admin
    );
    [[nodiscard]] HttpReply handle_topics(const HttpRequest& request, std::string_view admin) const;
    void note_topics(const std::vector<std::string>& created, std::string_view admin) const;
    [[nodiscard]] HttpReply handle_job(const HttpRequest& request, const std::string& id) const;
    [[nodiscard]] HttpReply readiness_reply() const;
    [[nodiscard]] HttpReply metrics_reply() const;

    const AdminPorts ports_;
    mutable Mutex mutex_;
    AdminTokens tokens_ GUARDED_BY(mutex_);
    const Readiness& readiness_;
    const Metrics& metrics_;
    const std::function<void()> before_metrics_;
    const EntryRoutes entries_;
    const KeyRoutes keys_;
    const DoctorRoute doctor_;
    const BatchRoutes batches_;
    const AuditRoutes audit_;
    DeadLetterRoutes dead_letters_;
};

}  // namespace pagepress::ingress
