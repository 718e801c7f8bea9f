// What is known about a job: kept in Redis for 7 days, written by workers, read by the ingress.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/job/job.h"
#include "common/redis/redis.h"

namespace pagepress {

/// How long a status is kept after its last change [ms], as text for commands; the same for what
/// goes with statuses.
inline constexpr std::string_view kStatusTtlMs = "604800000";  // 7 days, as the README promises

enum class JobState {
    kRunning,    ///< a worker has taken it, or it waits for its next attempt
    kDone,       ///< its press brought the page up to date
    kCoalesced,  ///< another job's press of the same page brought it up to date
    kSkipped,    ///< nothing to do; `reason` says why
    kDead,       ///< given up; `reason` says why, and the dead-letter topic has it
};

[[nodiscard]] std::string_view name_of(JobState state);
[[nodiscard]] bool is_terminal(JobState state);

struct JobStatus {
    Job job;  ///< what was asked for, by whom it may be seen; kept without its batch
    JobState state = JobState::kRunning;
    int attempts = 0;
    std::string page_id;       ///< page written, once known
    std::string page_url;      ///< its address for people
    std::int64_t version = 0;  ///< page version that shows the job's effect; 0 if none was needed
    std::string reason;        ///< kSkipped, kDead, or the last error while running
    std::string pressed_by;    ///< kCoalesced: id of the job whose press completed it
    UnixMillis updated_at = 0;
};

/// `pagepress:job:<id>`, a Redis hash.
[[nodiscard]] std::string job_status_key(std::string_view job_id);

/// Members of the hash: name, value, name, value, …
[[nodiscard]] std::vector<std::string> to_redis_fields(const JobStatus& status);

/// Status from the reply to HGETALL; empty if there is none or it is incomplete.
[[nodiscard]] std::optional<JobStatus> job_status_from(const RedisReply& reply);

}  // namespace pagepress
