// POST /admin/v1/keys: makes an API key, shows it once and keeps its SHA-256. Admin thread.
#pragma once

#include <boost/json/value.hpp>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// Body `{"scope":"rule|snapshot|site","subject":"<id>","name":"ci"}`. A site's key, which opens
/// all of the site's pages, expires after 90 days.
[[nodiscard]] HttpReply create_key(const HttpRequest& request, const AdminPorts& ports);

}  // namespace pagepress::ingress
