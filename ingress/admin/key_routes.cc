#include "ingress/admin/key_routes.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/catalog/documents.h"
#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/admin/paging.h"
#include "ingress/admin/shown_key.h"
#include "ingress/auth/stored_key_uses.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

constexpr std::size_t kSecretBytes = 32;
constexpr std::size_t kKeyIdBytes = 8;
constexpr std::size_t kNameBytesMax = 200;
constexpr int kDaysMax = 3650;
constexpr int kSiteKeyDays = 90;
constexpr int kProlongDays = 90;
constexpr UnixMillis kDayMs = 24LL * 3600 * 1000;
/// Tries to change a key that others change at the same time.
constexpr int kTriesMax = 3;

template <std::size_t kSize>
std::array<unsigned char, kSize> random_bytes(Random& random) {
    std::array<unsigned char, kSize> bytes;
    random.fill(bytes);
    return bytes;
}

void report_unknown_members(
    const json::value& body,
    std::initializer_list<std::string_view> known,
    std::vector<Problem>& problems
) {
    const json::object* object = body.if_object();
    if (object == nullptr) {
        problems.push_back({.field = "", .message = "must be a JSON object"});
        return;
    }
    std::string allowed;
    for (const std::string_view name : known) {
        allowed.append(allowed.empty() ? "" : ", ").append(name);
    }
    for (const auto& member : *object) {
        const std::string_view name(member.key().data(), member.key().size());
        if (std::ranges::find(known, name) != known.end()) continue;
        problems.push_back({.field = std::string(name), .message = "unknown; allowed: " + allowed});
    }
}

std::string read_name(const json::value& body, std::vector<Problem>& problems) {
    const json::value* value = find(body, "name");
    if (value == nullptr) return {};
    std::string name = string_at(body, "name");
    const bool is_one_line = std::ranges::none_of(name, [](char c) {
        return static_cast<unsigned char>(c) < 0x20 || c == '\x7f';
    });
    if (!value->is_string() || name.size() > kNameBytesMax || !is_one_line) {
        problems.push_back(
            {.field = "name", .message = "must be one line of text of at most 200 bytes"}
        );
    }
    return name;
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

HttpReply no_such_key(std::string_view id) {
    return problem_reply(404, "There is no key '" + std::string(id) + "'.");
}

/// What a key was last given to live; a new secret gets it anew.
UnixMillis life_of(const ApiKey& key) {
    const UnixMillis begin = key.renewed_at.value_or(key.created_at);
    return std::clamp(*key.expires_at - begin, kDayMs, kDaysMax * kDayMs);
}

json::object entry_object(std::string_view id, std::int64_t revision, json::object document) {
    return {{"id", id}, {"revision", revision}, {"document", std::move(document)}};
}

HttpReply reply_with(int status, const json::object& body, std::int64_t revision) {
    return {
        .status = status,
        .body = json::serialize(body) + "\n",
        .headers = {{.name = "ETag", .value = "\"" + std::to_string(revision) + "\""}},
    };
}

/// The only reply that holds a secret.
HttpReply secret_reply(
    int status, const ApiKey& key, const std::string& secret, std::int64_t revision
) {
    json::object body{{"id", key.id}, {"key", secret}, {"revision", revision}};
    add_time(body, "expires", key.expires_at);
    HttpReply reply = reply_with(status, body, revision);
    reply.headers.push_back({.name = "Cache-Control", .value = "no-store"});
    return reply;
}

}  // namespace

HttpReply KeyRoutes::list(const HttpRequest& request) const {
    const auto page = page_of(request, ports_.catalog.ids(EntryKind::kApiKey));
    if (!page) return page.error();
    const auto last_uses = read_key_uses(ports_.redis);
    const UnixMillis now = ports_.clock.unix_now();
    forget_uses_of_none(last_uses, now);
    json::array keys;
    for (const std::string& id : page->ids) {
        const auto entry = ports_.catalog.stored(EntryKind::kApiKey, id);
        if (!entry) continue;  // removed since the ids were read
        const auto used = last_uses.find(id);
        const auto last_used =
            used == last_uses.end() ? std::nullopt : std::optional<UnixMillis>(used->second);
        keys.push_back(entry_object(
            id, entry->revision, shown_key(read_stored_key(id, *entry), now, last_used)
        ));
    }
    json::object body{{"keys", std::move(keys)}};
    if (!page->next.empty()) body.emplace("next", page->next);
    return {.status = 200, .body = json::serialize(body) + "\n"};
}

/// A use that was told after its key had been removed, or a removal that Redis missed, leaves one
/// behind. A young one may be of a key that this ingress has not read yet.
void KeyRoutes::forget_uses_of_none(
    const std::map<std::string, UnixMillis>& last_uses, UnixMillis now
) const {
    std::vector<std::string> gone;
    for (const auto& [id, when] : last_uses) {
        const bool is_old = when < now - kDayMs;
        if (is_old && !ports_.catalog.stored(EntryKind::kApiKey, id)) gone.push_back(id);
    }
    forget_key_uses(ports_.redis, gone);
}

HttpReply KeyRoutes::get(const std::string& id) const {
    const auto entry = ports_.catalog.stored(EntryKind::kApiKey, id);
    if (!entry) return no_such_key(id);
    auto document = shown_key(
        read_stored_key(id, *entry), ports_.clock.unix_now(), read_key_use(ports_.redis, id)
    );
    return reply_with(200, entry_object(id, entry->revision, std::move(document)), entry->revision);
}

HttpReply KeyRoutes::create(const HttpRequest& request, std::string_view admin) const {
    const auto body = parse_json(request.body, "the request body");
    if (!body) return error_reply(body.error());
    std::vector<Problem> problems;
    ApiKey key;
    report_unknown_members(*body, {"scope", "subject", "name", "expires_in_days"}, problems);
    read_scope(*body, ports_.catalog, key, problems);
    key.name = read_name(*body, problems);
    const int default_days = key.scope == ApiKey::Scope::kSite ? kSiteKeyDays : 0;
    const int days = read_number(*body, "expires_in_days", default_days, kDaysMax, problems);
    if (!problems.empty()) return validation_reply(problems);

    const std::string secret = new_secret(key);
    key.id = "k" + to_hex(random_bytes<kKeyIdBytes>(ports_.random));
    key.created_at = ports_.clock.unix_now();
    key.created_by = admin;
    if (days > 0) key.expires_at = key.created_at + days * kDayMs;
    const auto has_subject = [&]() -> Result<std::vector<EntryName>> {
        ApiKey same;
        read_scope(*body, ports_.catalog, same, problems);
        if (problems.empty()) return std::vector<EntryName>();
        return fail(ErrorCode::kInvalidInput, "its subject was removed meanwhile");
    };
    const auto revision = ports_.write_entry(
        EntryKind::kApiKey, key.id, write_api_key(key), 0, {.admin = admin}, has_subject
    );
    if (!problems.empty()) return validation_reply(problems);
    if (!revision) return error_reply(revision.error());
    return secret_reply(201, key, secret, *revision);
}

HttpReply KeyRoutes::regenerate(
    const HttpRequest& request, const std::string& id, std::string_view admin
) const {
    std::string secret;
    const ChangeNote note{.admin = admin, .action = "regenerated"};
    const auto changed = renew(request, id, note, [&](ApiKey& key) -> std::optional<HttpReply> {
        secret = new_secret(key);
        if (key.expires_at) key.expires_at = ports_.clock.unix_now() + life_of(key);
        return std::nullopt;
    });
    if (!changed) return changed.error();
    return secret_reply(200, changed->key, secret, changed->revision);
}

HttpReply KeyRoutes::prolong(
    const HttpRequest& request, const std::string& id, std::string_view admin
) const {
    const auto body = parse_json(request.body.empty() ? "{}" : request.body, "the request body");
    if (!body) return error_reply(body.error());
    std::vector<Problem> problems;
    report_unknown_members(*body, {"days"}, problems);
    const int days = read_number(*body, "days", kProlongDays, kDaysMax, problems);
    if (!problems.empty()) return validation_reply(problems);
    const ChangeNote note{.admin = admin, .action = "prolonged"};
    const auto changed = renew(request, id, note, [&](ApiKey& key) -> std::optional<HttpReply> {
        if (!key.expires_at) {
            return problem_reply(
                409, "The key '" + id + "' never expires, so it cannot be prolonged."
            );
        }
        key.expires_at = ports_.clock.unix_now() + days * kDayMs;
        return std::nullopt;
    });
    if (!changed) return changed.error();
    json::object answer{{"id", id}, {"revision", changed->revision}};
    add_time(answer, "expires", changed->key.expires_at);
    return reply_with(200, answer, changed->revision);
}

/// One record is replaced, under the revision that was read: with the write the old secret is dead,
/// and nobody else's change is lost. Without `If-Match` the caller means the key as it is then.
std::expected<KeyRoutes::Changed, HttpReply> KeyRoutes::renew(
    const HttpRequest& request, const std::string& id, const ChangeNote& note, const Change& change
) const {
    const auto demanded = demanded_revision(request);
    if (!demanded) return std::unexpected(error_reply(demanded.error()));
    for (int tries = 1;; ++tries) {
        const auto entry = ports_.catalog.stored(EntryKind::kApiKey, id);
        if (!entry) return std::unexpected(no_such_key(id));
        if (*demanded && **demanded != entry->revision) {
            return std::unexpected(changed_reply(entry->revision));
        }
        ApiKey key = read_stored_key(id, *entry);
        if (auto refusal = change(key)) return std::unexpected(*std::move(refusal));
        key.renewed_at = ports_.clock.unix_now();
        key.renewed_by = note.admin;
        const auto revision = ports_.write_entry(
            EntryKind::kApiKey, id, write_api_key(key), entry->revision, note, {}
        );
        if (revision) return Changed{.key = std::move(key), .revision = *revision};
        const bool is_conflict = revision.error().code == ErrorCode::kConflict;
        if (*demanded || !is_conflict || tries == kTriesMax) {
            return std::unexpected(error_reply(revision.error()));
        }
    }
}

std::string KeyRoutes::new_secret(ApiKey& key) const {
    std::string secret = to_base64(random_bytes<kSecretBytes>(ports_.random));
    key.digest = sha256(secret);
    return secret;
}

}  // namespace pagepress::ingress
