// POST /admin/v1/batches, GET and DELETE /admin/v1/batches/{id}: the admin's twins of the public
// routes, for any site. Blocking; admin thread only.
#pragma once

#include <string>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"
#include "ingress/http/status_waits.h"

namespace pagepress::ingress {

/// How a batch's status is asked for by an admin.
[[nodiscard]] StatusWaits::Question batch_question(const std::string& id);

class BatchRoutes {
public:
    explicit BatchRoutes(const AdminPorts& ports) : ports_(ports) {}

    /// The body is that of the public route, and `site`.
    [[nodiscard]] HttpReply create(const HttpRequest& request) const;

    /// Status or cancel, at once.
    [[nodiscard]] HttpReply handle(const HttpRequest& request, const std::string& id) const;

private:
    [[nodiscard]] HttpReply put(const HttpRequest& request, Batch batch, std::string site) const;
    [[nodiscard]] HttpReply cancel(const std::string& id) const;

    const AdminPorts& ports_;
};

}  // namespace pagepress::ingress
