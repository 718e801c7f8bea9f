// POST /admin/v1/batches, GET and DELETE /admin/v1/batches/{id}: the admin's twins of the public
// routes, for any site. Blocking; admin thread only.
#pragma once

#include <string>
#include <string_view>

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
    [[nodiscard]] HttpReply create(const HttpRequest& request, std::string_view admin) const;

    /// Its status, at once.
    [[nodiscard]] HttpReply show(const HttpRequest& request, const std::string& id) const;

    [[nodiscard]] HttpReply cancel(const std::string& id, std::string_view admin) const;

private:
    [[nodiscard]] HttpReply put(const HttpRequest& request, Job job, std::string_view admin) const;
    void note_event(std::string_view type, const Job& job, std::string_view admin) const;

    const AdminPorts& ports_;
};

}  // namespace pagepress::ingress
