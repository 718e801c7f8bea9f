#include "common/job/job_status.h"

#include <array>
#include <charconv>
#include <map>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

constexpr std::array kStates{
    JobState::kRunning, JobState::kDone, JobState::kCoalesced, JobState::kSkipped, JobState::kDead};

using Fields = std::map<std::string, std::string, std::less<>>;

Fields fields_of(const RedisReply& reply) {
    Fields fields;
    for (std::size_t i = 0; i + 1 < reply.items.size(); i += 2) {
        fields.emplace(reply.items[i].text, reply.items[i + 1].text);
    }
    return fields;
}

std::string text_of(const Fields& fields, std::string_view name) {
    const auto found = fields.find(name);
    return found == fields.end() ? std::string() : found->second;
}

std::int64_t number_of(const Fields& fields, std::string_view name) {
    const std::string text = text_of(fields, name);
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

std::optional<JobState> state_from(std::string_view name) {
    for (const JobState state : kStates) {
        if (name_of(state) == name) return state;
    }
    return std::nullopt;
}

}  // namespace

std::string_view name_of(JobState state) {
    switch (state) {
        case JobState::kRunning:
            return "running";
        case JobState::kDone:
            return "done";
        case JobState::kCoalesced:
            return "coalesced";
        case JobState::kSkipped:
            return "skipped";
        case JobState::kDead:
            return "dead";
    }
    INVARIANT(false);
}

bool is_terminal(JobState state) {
    return state != JobState::kRunning;
}

std::string job_status_key(std::string_view job_id) {
    return "pagepress:job:" + std::string(job_id);
}

std::vector<std::string> to_redis_fields(const JobStatus& status) {
    return {
        "job",        encode_summary(status.job),
        "redrive",    std::to_string(status.job.redrive),
        "state",      std::string(name_of(status.state)),
        "attempts",   std::to_string(status.attempts),
        "page_id",    status.page_id,
        "page_url",   status.page_url,
        "version",    std::to_string(status.version),
        "reason",     status.reason,
        "pressed_by", status.pressed_by,
        "updated_at", std::to_string(status.updated_at),
    };
}

std::optional<JobStatus> job_status_from(const RedisReply& reply) {
    const Fields fields = fields_of(reply);
    const auto state = state_from(text_of(fields, "state"));
    auto job = decode_summary(text_of(fields, "job"));
    if (!state || !job) return std::nullopt;
    return JobStatus{
        .job = *std::move(job),
        .state = *state,
        .attempts = static_cast<int>(number_of(fields, "attempts")),
        .page_id = text_of(fields, "page_id"),
        .page_url = text_of(fields, "page_url"),
        .version = number_of(fields, "version"),
        .reason = text_of(fields, "reason"),
        .pressed_by = text_of(fields, "pressed_by"),
        .updated_at = number_of(fields, "updated_at"),
    };
}

}  // namespace pagepress
