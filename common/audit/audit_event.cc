#include "common/audit/audit_event.h"

#include <array>
#include <utility>

#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"

namespace pagepress {

namespace {

namespace json = boost::json;

constexpr std::int64_t kSchemaVersion = 1;

using Member = std::string AuditEvent::*;

constexpr std::array<std::pair<std::string_view, Member>, 8> kTexts{{
    {"type", &AuditEvent::type},
    {"by", &AuditEvent::by},
    {"job_id", &AuditEvent::job_id},
    {"site", &AuditEvent::site},
    {"rule", &AuditEvent::rule},
    {"issue", &AuditEvent::issue},
    {"snapshot", &AuditEvent::snapshot},
    {"page_id", &AuditEvent::page_id},
}};

}  // namespace

AuditEvent job_event(std::string_view type, const Job& job, UnixMillis at) {
    AuditEvent event{
        .at = at,
        .type = std::string(type),
        .job_id = job.id,
        .site = job.site,
        .rule = job.rule,
        .issue = job.issue,
        .snapshot = job.snapshot,
        .page_id = job.page_id,
    };
    if (job.redrive > 0) event.more.emplace("redrive", job.redrive);
    if (!job.parent.empty()) event.more.emplace("batch", job.parent);
    return event;
}

json::object to_json(const AuditEvent& event) {
    json::object out{{"at", event.at}};
    for (const auto& [name, member] : kTexts) {
        if (!(event.*member).empty()) out.emplace(name, event.*member);
    }
    for (const auto& member : event.more) out.emplace(member.key(), member.value());
    return out;
}

Record audit_record(std::string topic, std::string key, const AuditEvent& event) {
    json::object document = to_json(event);
    document.emplace("v", kSchemaVersion);
    return {
        .topic = std::move(topic),
        .key = std::move(key),
        .value = json::serialize(document),
    };
}

std::string audit_key(const Job& job, std::string_view page_id) {
    return page_id.empty() ? route_key(job) : site_page_key(job.site, page_id);
}

Result<AuditEvent> decode_audit_event(std::string_view text) {
    auto document = parse_json(text, "the audit record");
    if (!document) return std::unexpected(std::move(document.error()));
    const auto at = integer_at(*document, "at");
    if (integer_at(*document, "v") != kSchemaVersion || !at ||
        string_at(*document, "type").empty()) {
        return fail(ErrorCode::kCorrupt, "the audit record is not an event of schema version 1");
    }
    AuditEvent event{.at = *at, .type = {}};
    json::object& members = document->as_object();
    for (const auto& [name, member] : kTexts) {
        event.*member = string_at(*document, name);
        members.erase(name);
    }
    members.erase("at");
    members.erase("v");
    event.more = std::move(members);
    return event;
}

}  // namespace pagepress
