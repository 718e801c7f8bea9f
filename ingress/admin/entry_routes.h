// /admin/v1/{sites,rules,snapshots,schedules}/{id} and the lists. Admin thread.
#pragma once

#include <string>
#include <string_view>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

class EntryRoutes {
public:
    explicit EntryRoutes(const AdminPorts& ports) : ports_(ports) {}

    /// `{"rules":[{"id","revision","document"}],"next"?}`; not of keys, whose documents hold
    /// digests. Pages: see `page_of`.
    [[nodiscard]] HttpReply list(const HttpRequest& request, EntryKind kind) const;

    /// Handles GET, PUT and DELETE of one entry; of a key, DELETE only. `admin` is the name of who
    /// asks.
    [[nodiscard]] HttpReply handle(
        const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
    ) const;

private:
    [[nodiscard]] HttpReply get(EntryKind kind, const std::string& id) const;
    [[nodiscard]] HttpReply put(
        const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
    ) const;
    [[nodiscard]] HttpReply remove(
        const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
    ) const;
    [[nodiscard]] std::vector<EntryName> keys_of(EntryKind kind, const std::string& id) const;
    [[nodiscard]] std::string first_user_of_site(const std::string& id) const;

    const AdminPorts& ports_;
};

}  // namespace pagepress::ingress
