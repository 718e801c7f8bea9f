#include "ingress/admin/change_event.h"

#include <utility>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"
#include "common/catalog/documents.h"
#include "common/json/json_value.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

constexpr std::size_t kTextMax = 200;
constexpr std::size_t kChangedMax = 50;

json::value parsed(std::string_view document) {
    if (document.empty()) return json::object();
    return parse_json(document, "the entry").value_or(json::object());
}

/// Cut between characters of UTF-8.
std::string cut(std::string_view text) {
    if (text.size() <= kTextMax) return std::string(text);
    std::size_t end = kTextMax;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string(text.substr(0, end)) + "… (" + std::to_string(text.size()) + " bytes)";
}

json::value shown(const json::value& value) {
    if (value.is_string()) return json::value(cut(value.get_string()));
    if (!value.is_structured()) return value;
    std::string text = json::serialize(value);
    if (text.size() <= kTextMax) return value;
    return json::value(cut(text));
}

/// Fills in the differences between two documents, member by member.
class Differences {
public:
    void compare(const std::string& path, const json::value* before, const json::value* after) {
        if (before != nullptr && after != nullptr && *before == *after) return;
        const json::object* old_members = before == nullptr ? nullptr : before->if_object();
        const json::object* new_members = after == nullptr ? nullptr : after->if_object();
        if (old_members != nullptr && new_members != nullptr) {
            return compare_members(path, *old_members, *new_members);
        }
        if (changed.size() == kChangedMax) return;
        json::object change;
        if (before != nullptr) change.emplace("from", shown(*before));
        if (after != nullptr) change.emplace("to", shown(*after));
        changed.emplace(path, std::move(change));
    }

    json::object changed;

private:
    void compare_members(
        const std::string& path, const json::object& before, const json::object& after
    ) {
        const std::string prefix = path.empty() ? path : path + ".";
        for (const auto& member : before) {
            compare(
                prefix + std::string(member.key()), &member.value(), after.if_contains(member.key())
            );
        }
        for (const auto& member : after) {
            if (before.contains(member.key())) continue;
            compare(prefix + std::string(member.key()), nullptr, &member.value());
        }
    }
};

void describe_key(const CatalogChange& change, const json::value& document, AuditEvent& event) {
    const ApiKey key = read_api_key(change.id, document).value;
    event.site = key.site;
    if (key.scope == ApiKey::Scope::kRule) event.rule = key.subject;
    if (key.scope == ApiKey::Scope::kSnapshot) event.snapshot = key.subject;
    event.more.emplace("scope", name_of(key.scope));
    if (!key.name.empty()) event.more.emplace("name", key.name);
    if (key.expires_at) event.more.emplace("expires", iso_time(*key.expires_at));
}

void describe_entry(
    const CatalogChange& change,
    const json::value& before,
    const json::value& after,
    AuditEvent& event
) {
    const std::string site = string_at(change.document.empty() ? before : after, "site");
    event.site = change.kind == EntryKind::kSite ? std::string(change.id) : site;
    if (change.kind == EntryKind::kRule) event.rule = change.id;
    if (change.kind == EntryKind::kSnapshot) event.snapshot = change.id;
    if (change.document.empty()) return;
    Differences differences;
    differences.compare("", &before, &after);
    event.more.emplace("changed", std::move(differences.changed));
}

std::string_view action_of(const CatalogChange& change, bool was_there) {
    if (!change.action.empty()) return change.action;
    if (change.document.empty()) return "removed";
    return was_there ? "updated" : "created";
}

}  // namespace

AuditEvent change_event(
    const CatalogChange& change,
    const std::optional<StoredEntry>& before,
    std::int64_t revision,
    UnixMillis now
) {
    AuditEvent event{
        .at = now,
        .type = std::string(name_of(change.kind))
                    .append(".")
                    .append(action_of(change, before.has_value())),
        .by = std::string(change.admin),
    };
    event.more.emplace("entry", record_key(change.kind, change.id));
    if (before) event.more.emplace("old_revision", before->revision);
    event.more.emplace("revision", revision);
    const json::value old_document = parsed(before ? before->document : std::string());
    const json::value new_document = parsed(change.document);
    if (change.kind == EntryKind::kApiKey) {
        describe_key(change, change.document.empty() ? old_document : new_document, event);
    } else {
        describe_entry(change, old_document, new_document, event);
    }
    return event;
}

}  // namespace pagepress::ingress
