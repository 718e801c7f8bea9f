// What happened, for people who ask later: one record on the audit topic.
#pragma once

#include <string>
#include <string_view>

#include <boost/json/object.hpp>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/job/job.h"
#include "common/kafka/record.h"

namespace pagepress {

/// An event never holds a secret or the digest of one.
struct AuditEvent {
    UnixMillis at = 0;
    std::string type;     ///< what, then what became of it: `rule.updated`, `page.created`
    std::string by = {};  ///< name of the admin; empty: a worker, for a job
    std::string job_id = {};
    std::string site = {};
    std::string rule = {};
    std::string issue = {};
    std::string snapshot = {};
    std::string page_id = {};
    boost::json::object more = {};  ///< members that only some types have
};

/// Event of a job: its id, its redrive if there was one, and what it is about.
[[nodiscard]] AuditEvent job_event(std::string_view type, const Job& job, UnixMillis at);

/// Members of an event: `at` [ms since the epoch], `type` and those that are not empty.
[[nodiscard]] boost::json::object to_json(const AuditEvent& event);

/// The event's record, schema version 1. Events with equal keys keep their order.
///
/// @param topic  full name of the audit topic
/// @param key    what the event is about: an entry's record key, or a page key
[[nodiscard]] Record audit_record(std::string topic, std::string key, const AuditEvent& event);

/// Key of a job's events: of the page if it is known, else of what the job asks for.
[[nodiscard]] std::string audit_key(const Job& job, std::string_view page_id);

/// Event from a record's value; unknown members become `more`.
///
/// @errors  kCorrupt  not JSON, another schema version, or without time or type
[[nodiscard]] Result<AuditEvent> decode_audit_event(std::string_view text);

}  // namespace pagepress
