// GET /admin/v1/schedules/{id}/next?count=10: when a schedule is due.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// Id of the schedule if `path` (behind /admin/v1/) is of the form `schedules/{id}/next`.
[[nodiscard]] std::optional<std::string> schedule_of_next(std::string_view path);

/// `{"times":["2026-01-02T08:00:00Z"],"local":["2026-01-02T09:00:00+01:00"]}`: the next `count`
/// (1 to 100, default 10) nominal times, whether or not the schedule is switched on; fewer where
/// its times end.
[[nodiscard]] HttpReply schedule_times(
    const HttpRequest& request, const std::string& id, const AdminPorts& ports
);

}  // namespace pagepress::ingress
