#include "worker/delay/delayed_record.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <utility>

#include "common/base/trace_context.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kReasonBytesMax = 1024;
constexpr Millis kBackoffMax = std::chrono::hours(24);  // whatever a header says
constexpr std::string_view kAttempts = "attempts";
constexpr std::string_view kBackoff = "backoff_ms";
constexpr std::string_view kFirstFailedAt = "first_failed_at";
constexpr std::string_view kCreateSentAt = "create_sent_at";

int as_int(std::int64_t number) {
    return static_cast<int>(std::min<std::int64_t>(number, std::numeric_limits<int>::max() / 2));
}

}  // namespace

std::vector<RecordHeader> copy_headers(
    const WaitingJob& job, UnixMillis due, const DelayReason& reason
) {
    std::vector<RecordHeader> headers;
    const auto add = [&](std::string_view name, std::string value) {
        headers.push_back({.name = std::string(name), .value = std::move(value)});
    };
    add(kDueHeader, std::to_string(due));
    add(kAttempts, std::to_string(job.attempts));
    add(kBackoff, std::to_string(job.backoff.count()));
    add(kFirstFailedAt, std::to_string(job.first_failed_at));
    if (job.create_sent_at) add(kCreateSentAt, std::to_string(*job.create_sent_at));
    add("code", std::string(reason.code));
    add("reason", std::string(reason.text.substr(0, kReasonBytesMax)));
    if (!job.traceparent.empty()) add(kTraceHeader, job.traceparent);
    return headers;
}

UnixMillis take_copy_headers(const std::vector<RecordHeader>& headers, WaitingJob& job) {
    const UnixMillis due = number_of(headers, kDueHeader);
    if (due <= 0) return 0;
    job.may_have_written = true;
    job.attempts = as_int(number_of(headers, kAttempts));
    job.backoff = std::min(Millis(number_of(headers, kBackoff)), kBackoffMax);
    job.first_failed_at = number_of(headers, kFirstFailedAt);
    if (const UnixMillis sent_at = number_of(headers, kCreateSentAt); sent_at > 0) {
        job.create_sent_at = sent_at;
    }
    return due;
}

std::int64_t number_of(const std::vector<RecordHeader>& headers, std::string_view name) {
    const auto found = std::ranges::find(headers, name, &RecordHeader::name);
    if (found == headers.end()) return 0;
    std::int64_t number = 0;
    const char* const end = found->value.data() + found->value.size();
    const auto parsed = std::from_chars(found->value.data(), end, number);
    const bool is_number = parsed.ec == std::errc() && parsed.ptr == end;
    return is_number ? std::max<std::int64_t>(number, 0) : 0;
}

void set_header(std::vector<RecordHeader>& headers, std::string_view name, std::string value) {
    const auto found = std::ranges::find(headers, name, &RecordHeader::name);
    if (found != headers.end()) {
        found->value = std::move(value);
    } else {
        headers.push_back({.name = std::string(name), .value = std::move(value)});
    }
}

}  // namespace pagepress::worker
