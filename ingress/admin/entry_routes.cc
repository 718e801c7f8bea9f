#include "ingress/admin/entry_routes.h"

#include <optional>
#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/invariant.h"
#include "common/catalog/documents.h"
#include "common/catalog/references.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/admin/paging.h"
#include "ingress/admin/shown_key.h"
#include "ingress/auth/stored_key_uses.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

/// A page ends behind the entry that takes it over this, for documents hold whole templates.
constexpr std::size_t kPageBytesMax = 8UL * 1024 * 1024;

/// The entry's revision if the document says what is stored, in whatever order and spacing.
std::optional<std::int64_t> revision_if_stored(
    EntryKind kind, std::string_view id, const json::value& document, const Catalog& catalog
) {
    const auto entry = catalog.stored(kind, id);
    if (!entry) return std::nullopt;
    const auto stored = parse_json(entry->document, "the entry");
    if (!stored || *stored != document) return std::nullopt;
    return entry->revision;
}

void append_entry(std::string& out, std::string_view id, const StoredEntry& entry) {
    out.append(R"({"id":)");
    append_json_string(out, id);
    out.append(R"(,"revision":)").append(std::to_string(entry.revision));
    out.append(R"(,"document":)").append(entry.document).append("}");
}

/// Keys that go with an entry in one transaction: two records each, which must be on their topics
/// before the transaction's time, 10 s, is over.
constexpr std::size_t kKeysRemovedMax = 500;

HttpReply with_revision(int status, std::string_view id, std::int64_t revision) {
    const std::string number = std::to_string(revision);
    std::string body = R"({"id":)";
    append_json_string(body, id);
    body.append(R"(,"revision":)").append(number).append("}\n");
    return {
        .status = status,
        .body = std::move(body),
        .headers = {{.name = "ETag", .value = "\"" + number + "\""}},
    };
}

HttpReply no_such_entry(EntryKind kind, std::string_view id) {
    return problem_reply(
        404, "There is no " + std::string(name_of(kind)) + " '" + std::string(id) + "'."
    );
}

}  // namespace

HttpReply EntryRoutes::list(const HttpRequest& request, EntryKind kind) const {
    INVARIANT(kind != EntryKind::kApiKey);  // their documents hold digests
    auto page = page_of(request, ports_.catalog.ids(kind));
    if (!page) return page.error();
    std::string body = "{\"" + plural_of(kind) + "\":[";
    for (const std::string& id : page->ids) {
        const auto entry = ports_.catalog.stored(kind, id);
        if (!entry) continue;  // removed since the ids were read
        if (body.back() != '[') body.push_back(',');
        append_entry(body, id, *entry);
        if (body.size() < kPageBytesMax || id == page->ids.back()) continue;
        page->next = id;
        break;
    }
    body.append("]");
    if (!page->next.empty()) {
        body.append(",\"next\":");
        append_json_string(body, page->next);
    }
    body.append("}\n");
    return {.status = 200, .body = std::move(body)};
}

HttpReply EntryRoutes::handle(
    const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
) const {
    if (!is_entry_id(id)) {
        return problem_reply(
            400,
            "The id in the path must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a "
            "letter or digit."
        );
    }
    if (request.method == "DELETE") return remove(request, kind, id, admin);
    INVARIANT(kind != EntryKind::kApiKey);
    return request.method == "GET" ? get(kind, id) : put(request, kind, id, admin);
}

HttpReply EntryRoutes::get(EntryKind kind, const std::string& id) const {
    const auto entry = ports_.catalog.stored(kind, id);
    if (!entry) return no_such_entry(kind, id);
    HttpReply reply = with_revision(200, id, entry->revision);
    reply.body.clear();
    append_entry(reply.body, id, *entry);
    reply.body.push_back('\n');
    return reply;
}

HttpReply EntryRoutes::put(
    const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
) const {
    const auto document = parse_json(request.body, "the request body");
    if (!document) return error_reply(document.error());
    const auto problems = problems_of_entry(kind, id, *document, ports_.catalog);
    if (!problems.empty()) return validation_reply(problems);
    const auto demanded = demanded_revision(request);
    if (!demanded) return error_reply(demanded.error());
    const bool is_new = !ports_.catalog.stored(kind, id);
    std::optional<std::int64_t> unchanged;
    std::vector<Problem> problems_now;
    // Asked while nobody else can write: what is stored may have changed since.
    const auto still_fits = [&]() -> Result<std::vector<EntryName>> {
        unchanged = revision_if_stored(kind, id, *document, ports_.catalog);
        if (unchanged) return fail(ErrorCode::kConflict, "it is stored like this already");
        problems_now = problems_of_entry(kind, id, *document, ports_.catalog);
        if (problems_now.empty()) return std::vector<EntryName>();
        return fail(ErrorCode::kInvalidInput, "what it refers to was changed meanwhile");
    };
    const auto revision = ports_.write_entry(
        kind, id, json::serialize(*document), *demanded, {.admin = admin}, still_fits
    );
    if (unchanged) return with_revision(200, id, *unchanged);
    if (!problems_now.empty()) return validation_reply(problems_now);
    if (!revision) return error_reply(revision.error());
    return with_revision(is_new ? 201 : 200, id, *revision);
}

HttpReply EntryRoutes::remove(
    const HttpRequest& request, EntryKind kind, const std::string& id, std::string_view admin
) const {
    const auto demanded = demanded_revision(request);
    if (!demanded) return error_reply(demanded.error());
    const auto entry = ports_.catalog.stored(kind, id);
    if (!entry) return no_such_entry(kind, id);
    if (*demanded && **demanded != entry->revision) {
        return changed_reply(entry->revision);
    }
    const bool is_key = kind == EntryKind::kApiKey;
    std::vector<EntryName> keys;
    const auto goes_with_it = [&]() -> Result<std::vector<EntryName>> {
        const std::string user = kind == EntryKind::kSite ? first_user_of_site(id) : std::string();
        if (!user.empty()) {
            return fail(
                ErrorCode::kConflict, "the site is still used by " + user + "; delete that first"
            );
        }
        keys = keys_of(kind, id);
        if (keys.size() <= kKeysRemovedMax) return keys;
        return fail(
            ErrorCode::kConflict,
            "the " + std::string(name_of(kind)) + " has " + std::to_string(keys.size()) +
                " keys, and at most " + std::to_string(kKeysRemovedMax) +
                " can go with it; revoke the others first, or switch it off with 'enabled'"
        );
    };
    const auto revision = ports_.write_entry(
        kind,
        id,
        std::nullopt,
        *demanded,
        {.admin = admin, .action = is_key ? kRevoked : std::string_view()},
        goes_with_it
    );
    if (!revision) return error_reply(revision.error());
    std::vector<std::string> gone;
    if (is_key) gone.push_back(id);
    for (const EntryName& key : keys) gone.push_back(key.id);
    forget_key_uses(ports_.redis, gone);
    return {.status = 204};
}

/// They go with their subject, or they would open an entry that is created later under its id.
std::vector<EntryName> EntryRoutes::keys_of(EntryKind kind, const std::string& id) const {
    std::vector<EntryName> keys;
    if (kind == EntryKind::kApiKey) return keys;
    for (const std::string& key_id : ports_.catalog.ids(EntryKind::kApiKey)) {
        const auto entry = ports_.catalog.stored(EntryKind::kApiKey, key_id);
        if (!entry) continue;
        const ApiKey key = read_stored_key(key_id, *entry);
        const bool belongs =
            (kind == EntryKind::kSite && key.site == id) ||
            (kind == EntryKind::kRule && key.scope == ApiKey::Scope::kRule && key.subject == id) ||
            (kind == EntryKind::kSnapshot && key.scope == ApiKey::Scope::kSnapshot &&
             key.subject == id);
        if (belongs) keys.push_back({.kind = EntryKind::kApiKey, .id = key_id});
    }
    return keys;
}

std::string EntryRoutes::first_user_of_site(const std::string& id) const {
    for (const std::string& rule_id : ports_.catalog.ids(EntryKind::kRule)) {
        const auto rule = ports_.catalog.rule(rule_id);
        if (rule != nullptr && rule->site == id) return "rule '" + rule_id + "'";
    }
    for (const std::string& snapshot_id : ports_.catalog.ids(EntryKind::kSnapshot)) {
        const auto snapshot = ports_.catalog.snapshot(snapshot_id);
        if (snapshot != nullptr && snapshot->site == id) return "snapshot '" + snapshot_id + "'";
    }
    for (const WrittenSchedule& written : ports_.catalog.schedules()) {
        if (written.schedule->site == id) return "schedule '" + written.schedule->id + "'";
    }
    return {};
}

}  // namespace pagepress::ingress
