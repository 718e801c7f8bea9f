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
    kBatches,       ///< POST /v1/batches
    kBatch,         ///< GET and DELETE /v1/batches/{id}
    kUnknown,
};

struct RouteMatch {
    Route route = Route::kUnknown;
    std::string id;  ///< decoded `{…}` part; empty if its percent-encoding is broken
};

[[nodiscard]] RouteMatch match_route(std::string_view path);

/// What the paths of Jira's events begin with.
inline constexpr std::string_view kJiraEventsPath = "/v1/events/jira/";

/// The methods that a route takes, as `Allow` lists them; empty: any.
[[nodiscard]] std::string_view methods_of(Route route);

/// Whether `method` is one of them.
[[nodiscard]] bool takes_method(Route route, std::string_view method);

}  // namespace pagepress::ingress
