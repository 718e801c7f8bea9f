#include "ingress/http/routes.h"

#include <algorithm>

#include "common/http_server/query.h"

namespace pagepress::ingress {

namespace {

RouteMatch with_id(Route route, std::string_view segment) {
    if (segment.empty() || segment.find('/') != std::string_view::npos) return {};
    return {
        .route = route,
        .id = percent_decoded(segment, PlusSign::kLiteral).value_or(std::string()),
    };
}

}  // namespace

RouteMatch match_route(std::string_view path) {
    constexpr std::string_view kSnapshots = "/v1/snapshots/";
    constexpr std::string_view kTakeSnapshot = "/take-snapshot/";
    constexpr std::string_view kJobs = "/v1/jobs/";
    constexpr std::string_view kBatches = "/v1/batches";
    if (path == kBatches) return {.route = Route::kBatches, .id = {}};
    if (path.starts_with(kBatches) && path.substr(kBatches.size()).starts_with('/')) {
        return with_id(Route::kBatch, path.substr(kBatches.size() + 1));
    }
    if (path == "/v1/trigger") return {.route = Route::kTrigger, .id = {}};
    if (path.starts_with(kSnapshots)) {
        return with_id(Route::kSnapshot, path.substr(kSnapshots.size()));
    }
    if (path.starts_with(kTakeSnapshot)) {
        return with_id(Route::kTakeSnapshot, path.substr(kTakeSnapshot.size()));
    }
    if (path.starts_with(kJobs)) return with_id(Route::kJob, path.substr(kJobs.size()));
    if (path.starts_with(kJiraEventsPath)) {
        return with_id(Route::kJiraEvent, path.substr(kJiraEventsPath.size()));
    }
    return {};
}

std::string_view methods_of(Route route) {
    switch (route) {
        case Route::kSnapshot:
        case Route::kTakeSnapshot:
        case Route::kJiraEvent:
        case Route::kBatches:
            return "POST";
        case Route::kJob:
            return "GET";
        case Route::kBatch:
            return "GET, DELETE";
        case Route::kTrigger:
        case Route::kUnknown:
            break;
    }
    return {};
}

bool takes_method(Route route, std::string_view method) {
    std::string_view allowed = methods_of(route);
    if (allowed.empty()) return true;
    while (!allowed.empty()) {
        const std::size_t comma = std::min(allowed.find(", "), allowed.size());
        if (allowed.substr(0, comma) == method) return true;
        allowed.remove_prefix(std::min(comma + 2, allowed.size()));
    }
    return false;
}

}  // namespace pagepress::ingress
