#include "ingress/admin/audit_routes.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/base/iso_time.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/admin/letter_filter.h"

namespace pagepress::ingress {

namespace {

namespace json = boost::json;

json::object shown_event(const AuditEvent& event, const RecordPlace& place) {
    json::object out{{"id", id_of(place)}, {"at", iso_time(event.at)}, {"at_ms", event.at}};
    json::object members = to_json(event);
    for (auto& member : members) {
        if (member.key() != "at") out.emplace(member.key(), std::move(member.value()));
    }
    return out;
}

}  // namespace

HttpReply AuditRoutes::list(const HttpRequest& request) const {
    const auto query = read_query(
        request,
        {"since", "until", "type", "site", "rule", "issue", "page", "job", "by", "limit", "cursor"}
    );
    if (!query) return query.error();
    const auto limit = read_limit(*query);
    if (!limit) return limit.error();
    const auto filter = read_event_filter(*query, ports_.clock.unix_now());
    if (!filter) return filter.error();
    auto from = read_cursor(*query);
    if (!from) return from.error();
    json::array events;
    const auto end = ports_.scan_topic(
        {.topic = ports_.topics.audit,
         .since = filter->times.since,
         .until = filter->times.until,
         .from = *std::move(from)},
        [&](const ScannedRecord& record) {
            const auto event = decode_audit_event(record.record.value);
            if (event && filter->takes(*event)) {
                events.push_back(shown_event(*event, record.place));
            }
            return events.size() == *limit ? ScanStep::kStop : ScanStep::kGoOn;
        }
    );
    if (!end) return error_reply(end.error());
    json::object body{{"events", std::move(events)}};
    if (!end->is_complete) body.emplace("next", to_cursor(end->next));
    return {.status = 200, .body = json::serialize(body) + "\n"};
}

}  // namespace pagepress::ingress
