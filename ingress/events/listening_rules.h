// Which rules an event fires, and the jobs that they become. Pure.
#pragma once

#include <string>
#include <string_view>

#include "common/catalog/model.h"
#include "common/job/job.h"
#include "ingress/events/jira_message.h"

namespace pagepress::ingress {

/// Whether `rule` listens to what the message tells, its condition holds, and it is switched on.
/// What a condition asks about and the message does not tell does not hold. The condition's
/// projects and issue types of a sprint or version are left to the search of its issues.
[[nodiscard]] bool is_fired(const Rule& rule, const JiraMessage& message);

/// The job of a fired rule: its page of the issue, or a batch over the issues of a sprint or
/// version. `accepted_at` and `catalog_offset` are the caller's to set.
///
/// @param message_id  the same for every delivery of one event
[[nodiscard]] Job job_of(const Rule& rule, const JiraMessage& message, std::string_view message_id);

}  // namespace pagepress::ingress
