#include "ingress/admin/key_routes.h"

#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>

#include "common/catalog/documents.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

constexpr std::size_t kKeyBytes = 32;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kNameBytesMax = 200;
constexpr UnixMillis kSiteKeyLifeMs = 90LL * 24 * 3600 * 1000;

template <std::size_t kSize>
std::array<unsigned char, kSize> random_bytes(Random& random) {
    std::array<unsigned char, kSize> bytes;
    random.fill(bytes);
    return bytes;
}

void report_unknown_members(const json::value& body, std::vector<Problem>& problems) {
    const json::object* object = body.if_object();
    if (object == nullptr) {
        problems.push_back({.field = "", .message = "must be a JSON object"});
        return;
    }
    for (const auto& member : *object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (name == "scope" || name == "subject" || name == "name") continue;
        problems.push_back(
            {.field = std::string(name), .message = "unknown; allowed are scope, subject, name"}
        );
    }
}

/// Fills scope, subject and site; reports what is wrong with them.
void read_scope(
    const json::value& body, const Catalog& catalog, ApiKey& key, std::vector<Problem>& problems
) {
    const std::string scope = string_at(body, "scope");
    const std::string subject = string_at(body, "subject");
    bool is_found = true;
    if (scope == "rule") {
        const auto rule = catalog.rule(subject);
        is_found = rule != nullptr;
        key.scope = ApiKey::Scope::kRule;
        key.subject = subject;
        if (is_found) key.site = rule->site;
    } else if (scope == "snapshot") {
        const auto snapshot = catalog.snapshot(subject);
        is_found = snapshot != nullptr;
        key.scope = ApiKey::Scope::kSnapshot;
        key.subject = subject;
        if (is_found) key.site = snapshot->site;
    } else if (scope == "site") {
        is_found = catalog.site(subject) != nullptr;
        key.scope = ApiKey::Scope::kSite;
        key.site = subject;
    } else {
        problems.push_back({.field = "scope", .message = "must be rule, snapshot or site"});
    }
    if (!is_found) {
        problems.push_back(
            {.field = "subject", .message = "there is no " + scope + " '" + subject + "'"}
        );
    }
}

}  // namespace

HttpReply create_key(const HttpRequest& request, const AdminPorts& ports) {
    const auto body = parse_json(request.body, "the request body");
    if (!body) return error_reply(body.error());
    std::vector<Problem> problems;
    ApiKey key;
    report_unknown_members(*body, problems);
    read_scope(*body, ports.catalog, key, problems);
    key.name = string_at(*body, "name");
    if (key.name.size() > kNameBytesMax) {
        problems.push_back({.field = "name", .message = "must be at most 200 bytes"});
    }
    if (!problems.empty()) return validation_reply(problems);

    const std::string secret = to_base64(random_bytes<kKeyBytes>(ports.random));
    key.id = "k" + to_hex(random_bytes<kKeyIdBytes>(ports.random));
    key.digest = sha256(secret);
    key.created_at = ports.clock.unix_now();
    if (key.scope == ApiKey::Scope::kSite) key.expires_at = key.created_at + kSiteKeyLifeMs;
    const auto revision = ports.write_entry(EntryKind::kApiKey, key.id, write_api_key(key), 0);
    if (!revision) return error_reply(revision.error());

    std::string out = R"({"id":)";
    append_json_string(out, key.id);
    out.append(R"(,"key":)");
    append_json_string(out, secret);
    out.append("}\n");
    return {
        .status = 201,
        .body = std::move(out),
        .headers = {{.name = "Cache-Control", .value = "no-store"}},
    };
}

}  // namespace pagepress::ingress
