// /admin/v1/keys: makes API keys, shows each secret once and keeps its SHA-256. Admin thread.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/http_server/http_server.h"
#include "ingress/admin/admin_ports.h"

namespace pagepress::ingress {

/// `admin` is the name of who asks, in all of them.
class KeyRoutes {
public:
    explicit KeyRoutes(const AdminPorts& ports) : ports_(ports) {}

    /// `{"keys":[{"id","revision","document"}],"next"?}`; see `shown_key` and `page_of`.
    [[nodiscard]] HttpReply list(const HttpRequest& request) const;

    /// Body `{"scope":"rule|snapshot|site","subject":"<id>","name":"ci","expires_in_days":90}`. A
    /// site's key, which opens all of the site's pages, expires after 90 days if nothing is said;
    /// other keys never do.
    [[nodiscard]] HttpReply create(const HttpRequest& request, std::string_view admin) const;

    [[nodiscard]] HttpReply get(const std::string& id) const;

    /// Another secret for the same key.
    [[nodiscard]] HttpReply regenerate(
        const HttpRequest& request, const std::string& id, std::string_view admin
    ) const;

    /// Body `{"days":90}`: the key expires so many days from now.
    [[nodiscard]] HttpReply prolong(
        const HttpRequest& request, const std::string& id, std::string_view admin
    ) const;

private:
    struct Changed {
        ApiKey key;
        std::int64_t revision;
    };

    /// Changes a key; a reply says why it may not be.
    using Change = std::function<std::optional<HttpReply>(ApiKey& key)>;

    [[nodiscard]] std::expected<Changed, HttpReply> renew(
        const HttpRequest& request,
        const std::string& id,
        const ChangeNote& note,
        const Change& change
    ) const;
    void forget_uses_of_none(const std::map<std::string, UnixMillis>& last_uses, UnixMillis now)
        const;
    [[nodiscard]] std::string new_secret(ApiKey& key) const;

    const AdminPorts& ports_;
};

}  // namespace pagepress::ingress
