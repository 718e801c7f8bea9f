// Which route a path of the public listener means. Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pagepress::ingress {

enum class Route {
    kTrigger,
    kSnapshot,
    kTakeSnapshot,
    kJob,
    kJiraEvent,
    kBatches,
    kBatch,
    kUnknown,
};

/// A row of the public listener's table.
struct PublicRoute {
    Route route;
    std::string_view pattern;  ///< see `part_in`
    std::string_view methods;  ///< that it takes, as `Allow` lists them; empty: any
};

/// All routes of the public listener.
[[nodiscard]] std::span<const PublicRoute> public_routes();

struct RouteMatch {
    Route route = Route::kUnknown;
    std::string id;  ///< decoded `{…}` part; empty if its percent-encoding is broken
};

[[nodiscard]] RouteMatch match_route(std::string_view path);

/// What the paths of Jira's events begin with.
inline constexpr std::string_view kJiraEventsPath = "/v1/events/jira/";

/// The methods that a route takes, as `Allow` lists them; empty: any.
[[nodiscard]] std::string_view methods_of(Route route);

/// Whether `method` is one of `methods`, which are as `Allow` lists them; of none it is.
[[nodiscard]] bool takes_method(std::string_view methods, std::string_view method);

/// What stands in `path` for the `{…}` of `pattern`, as sent: one segment, not an empty one. A
/// pattern without `{…}` is the path itself and gives an empty part. Empty: another path.
[[nodiscard]] std::optional<std::string_view> part_in(
    std::string_view path, std::string_view pattern
);

}  // namespace pagepress::ingress
