// Which route a path of the public listener means. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pagepress::ingress {

enum class Route {
    kTrigger,       ///< ANY /v1/trigger
    kSnapshot,      ///< POST /v1/snapshots/{snapshotId}
    kTakeSnapshot,  ///< POST /take-snapshot/{pageId}
    kJob,           ///< GET /v1/jobs/{id}
    kJiraEvent,     ///< POST /v1/events/jira/{siteId}
    kUnknown,
};

struct RouteMatch {
    Route route = Route::kUnknown;
    std::string id;  ///< decoded `{…}` part; empty if its percent-encoding is broken
};

[[nodiscard]] RouteMatch match_route(std::string_view path);

/// The one method that a route takes; empty: any.
[[nodiscard]] std::string_view method_of(Route route);

}  // namespace pagepress::ingress
