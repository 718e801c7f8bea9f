// What a job takes along through the delayed topics: the headers of its copies.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"
#include "common/kafka/record.h"
#include "worker/schedule/waiting_job.h"

namespace pagepress::worker {

/// When the job may be tried again [Unix ms]; on every copy, and on the record that returns.
inline constexpr std::string_view kDueHeader = "due_at";
/// When the copy leaves its delayed topic [Unix ms]; not on the record that returns.
inline constexpr std::string_view kUntilHeader = "until";

/// Why a job waits, for people who read the topic.
struct DelayReason {
    std::string_view code;
    std::string_view text;  ///< cut to 1 KiB
};

/// Headers of a job's copy: `due_at`, `attempts`, `backoff_ms`, `first_failed_at`,
/// `create_sent_at` (where there was one), `code`, `reason`, `traceparent` (if there is one). What
/// a job has behind it must not be lost with the process or with Redis.
[[nodiscard]] std::vector<RecordHeader> copy_headers(
    const WaitingJob& job, UnixMillis due, const DelayReason& reason
);

/// Takes over what the headers of a returned record tell. Another execution may have been under way
/// while the copy waited: a copy exists twice if its worker died before it had finished with the
/// record that it was made of.
///
/// @return  when the job is due [Unix ms]; 0 for a record that comes from no delayed topic
UnixMillis take_copy_headers(const std::vector<RecordHeader>& headers, WaitingJob& job);

/// Number in a header; 0 if there is none, or it is negative or another text.
[[nodiscard]] std::int64_t number_of(
    const std::vector<RecordHeader>& headers, std::string_view name
);

/// Writes a header over, or adds it.
void set_header(std::vector<RecordHeader>& headers, std::string_view name, std::string value);

}  // namespace pagepress::worker
