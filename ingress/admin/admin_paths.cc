#include "ingress/admin/admin_paths.h"

#include <array>

#include "common/http_server/query.h"
#include "ingress/http/routes.h"

namespace pagepress::ingress {

namespace {

constexpr std::string_view kReads = "GET, HEAD";
constexpr std::string_view kChanges = "GET, PUT, DELETE";

/// Where two fit a path, the first is meant.
constexpr std::array kRoutes{
    AdminRoute{AdminPath::kHealth, "/healthz", kReads},
    AdminRoute{AdminPath::kReady, "/readyz", kReads},
    AdminRoute{AdminPath::kMetrics, "/metrics", kReads},
    AdminRoute{AdminPath::kDescription, "/openapi.json", kReads},
    AdminRoute{AdminPath::kEntries, "/admin/v1/sites", "GET", EntryKind::kSite},
    AdminRoute{AdminPath::kEntry, "/admin/v1/sites/{id}", kChanges, EntryKind::kSite},
    AdminRoute{AdminPath::kEntries, "/admin/v1/rules", "GET", EntryKind::kRule},
    AdminRoute{AdminPath::kEntry, "/admin/v1/rules/{id}", kChanges, EntryKind::kRule},
    AdminRoute{AdminPath::kEntries, "/admin/v1/snapshots", "GET", EntryKind::kSnapshot},
    AdminRoute{AdminPath::kEntry, "/admin/v1/snapshots/{id}", kChanges, EntryKind::kSnapshot},
    AdminRoute{AdminPath::kEntries, "/admin/v1/schedules", "GET", EntryKind::kSchedule},
    AdminRoute{AdminPath::kEntry, "/admin/v1/schedules/{id}", kChanges, EntryKind::kSchedule},
    AdminRoute{AdminPath::kScheduleTimes, "/admin/v1/schedules/{id}/next", "GET"},
    AdminRoute{AdminPath::kKeys, "/admin/v1/keys", "GET, POST"},
    AdminRoute{AdminPath::kKey, "/admin/v1/keys/{id}", "GET, DELETE"},
    AdminRoute{AdminPath::kRegenerate, "/admin/v1/keys/{id}/regenerate", "POST"},
    AdminRoute{AdminPath::kProlong, "/admin/v1/keys/{id}/prolong", "POST"},
    AdminRoute{AdminPath::kTopics, "/admin/v1/topics", "POST"},
    AdminRoute{AdminPath::kDoctor, "/admin/v1/doctor", "GET"},
    AdminRoute{AdminPath::kDeadLetters, "/admin/v1/dead-letters", "GET"},
    AdminRoute{AdminPath::kRedrive, "/admin/v1/dead-letters/redrive", "POST"},
    AdminRoute{AdminPath::kDeadLetter, "/admin/v1/dead-letters/{id}", "GET"},
    AdminRoute{AdminPath::kAudit, "/admin/v1/audit", "GET"},
    AdminRoute{AdminPath::kJob, "/admin/v1/jobs/{jobId}", "GET"},
    AdminRoute{AdminPath::kBatches, "/admin/v1/batches", "POST"},
    AdminRoute{AdminPath::kBatch, "/admin/v1/batches/{batchId}", "GET, DELETE"},
};

}  // namespace

std::span<const AdminRoute> admin_routes() {
    return kRoutes;
}

AdminMatch match_admin_path(std::string_view path) {
    for (const AdminRoute& route : kRoutes) {
        const auto part = part_in(path, route.pattern);
        if (!part) continue;
        return {.route = &route, .id = percent_decoded(*part, PlusSign::kLiteral).value_or("")};
    }
    return {};
}

}  // namespace pagepress::ingress
