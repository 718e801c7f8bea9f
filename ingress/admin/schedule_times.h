// GET /admin/v1/schedules/{id}/next?count=10: when a schedule is due.
#pragma once

#include <string>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// `{"times":["2026-01-02T08:00:00Z"],"local":["2026-01-02T09:00:00+01:00"]}`: the next `count`
/// (1 to 100, default 10) nominal times, whether or not the schedule is switched on; fewer where
/// its times end.
[[nodiscard]] HttpReply schedule_times(
    const HttpRequest& request, const std::string& id, const AdminPorts& ports
);

}  // namespace pagepress::ingress
