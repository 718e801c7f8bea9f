// GET /admin/v1/audit. Admin thread.
#pragma once

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// Events in the order of the times they were written, oldest first; see DeadLetterRoutes.
class AuditRoutes {
public:
    explicit AuditRoutes(const AdminPorts& ports) : ports_(ports) {}

    [[nodiscard]] HttpReply list(const HttpRequest& request) const;

private:
    const AdminPorts& ports_;
};

}  // namespace pagepress::ingress
