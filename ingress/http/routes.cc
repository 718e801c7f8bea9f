#include "ingress/http/routes.h"

#include <algorithm>
#include <array>

#include "common/http_server/query.h"

namespace pagepress::ingress {

namespace {

/// The busiest first.
constexpr std::array kRoutes{
    PublicRoute{Route::kTrigger, "/v1/trigger", ""},
    PublicRoute{Route::kSnapshot, "/v1/snapshots/{snapshotId}", "POST"},
    PublicRoute{Route::kTakeSnapshot, "/take-snapshot/{pageId}", "POST"},
    PublicRoute{Route::kJob, "/v1/jobs/{jobId}", "GET"},
    PublicRoute{Route::kJiraEvent, "/v1/events/jira/{siteId}", "POST"},
    PublicRoute{Route::kBatches, "/v1/batches", "POST"},
    PublicRoute{Route::kBatch, "/v1/batches/{batchId}", "GET, DELETE"},
};

}  // namespace

std::span<const PublicRoute> public_routes() {
    return kRoutes;
}

std::optional<std::string_view> part_in(std::string_view path, std::string_view pattern) {
    const std::size_t begin = pattern.find('{');
    if (begin == std::string_view::npos) {
        return path == pattern ? std::optional(std::string_view()) : std::nullopt;
    }
    const std::string_view before = pattern.substr(0, begin);
    const std::string_view behind = pattern.substr(pattern.find('}') + 1);
    if (path.size() <= before.size() + behind.size()) return std::nullopt;
    if (!path.starts_with(before) || !path.ends_with(behind)) return std::nullopt;
    const std::string_view part = path.substr(begin, path.size() - before.size() - behind.size());
    return part.find('/') == std::string_view::npos ? std::optional(part) : std::nullopt;
}

RouteMatch match_route(std::string_view path) {
    for (const PublicRoute& row : kRoutes) {
        const auto part = part_in(path, row.pattern);
        if (!part) continue;
        return {
            .route = row.route,
            .id = percent_decoded(*part, PlusSign::kLiteral).value_or(std::string()),
        };
    }
    return {};
}

std::string_view methods_of(Route route) {
    const auto row = std::ranges::find(kRoutes, route, &PublicRoute::route);
    return row == kRoutes.end() ? std::string_view() : row->methods;
}

bool takes_method(std::string_view methods, std::string_view method) {
    if (methods.empty()) return true;
    while (!methods.empty()) {
        const std::size_t comma = std::min(methods.find(", "), methods.size());
        if (methods.substr(0, comma) == method) return true;
        methods.remove_prefix(std::min(comma + 2, methods.size()));
    }
    return false;
}

}  // namespace pagepress::ingress
