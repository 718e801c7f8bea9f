#include "ingress/admin/shown_key.h"

#include <string>

#include "common/base/invariant.h"
#include "common/base/iso_time.h"
#include "common/catalog/documents.h"
#include "common/json/json_value.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

void add_text(json::object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) out.emplace(name, text);
}

}  // namespace

ApiKey read_stored_key(std::string_view id, const StoredEntry& entry) {
    const auto document = parse_json(entry.document, "the catalog entry");
    INVARIANT(document.has_value());  // the catalog keeps nothing else
    return read_api_key(id, *document).value;
}

void add_time(json::object& out, std::string_view name, std::optional<UnixMillis> time) {
    if (!time) return;
    out.emplace(std::string(name) + "_at", *time);
    out.emplace(name, iso_time(*time));
}

json::object shown_key(const ApiKey& key, UnixMillis now, std::optional<UnixMillis> last_used) {
    const bool is_expired = key.expires_at && *key.expires_at <= now;
    json::object out;
    out.emplace("id", key.id);
    add_text(out, "name", key.name);
    out.emplace("scope", name_of(key.scope));
    out.emplace("subject", key.scope == ApiKey::Scope::kSite ? key.site : key.subject);
    out.emplace("site", key.site);
    out.emplace("state", is_expired ? "expired" : "active");
    add_time(out, "created", key.created_at);
    add_text(out, "created_by", key.created_by);
    add_time(out, "renewed", key.renewed_at);
    add_text(out, "renewed_by", key.renewed_by);
    add_time(out, "expires", key.expires_at);
    add_time(out, "last_used", last_used);
    return out;
}

}  // namespace pagepress::ingress
