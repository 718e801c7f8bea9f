#include "common/job/job.h"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <optional>
#include <span>

#include "common/base/ascii.h"
#include "common/base/digest.h"
#include "common/base/invariant.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"

namespace pagepress {

namespace {

constexpr std::int64_t kSchemaVersion = 1;
constexpr std::size_t kIdBytes = 16;
/// What the record of a trigger hardly ever exceeds: its text is written in one piece of memory.
constexpr std::size_t kUsualBytes = 384;

std::string joined(std::initializer_list<std::string_view> parts) {
    std::size_t size = parts.size();
    for (const std::string_view part : parts) size += part.size();
    std::string text;
    text.reserve(size);
    for (const std::string_view part : parts) {
        if (!text.empty()) text.push_back('/');
        text.append(part);
    }
    return text;
}

std::optional<JobKind> kind_from(std::string_view name) {
    for (const JobKind kind :
         {JobKind::kRule, JobKind::kSnapshot, JobKind::kPage, JobKind::kBatch}) {
        if (name_of(kind) == name) return kind;
    }
    return std::nullopt;
}

/// The first 128 bits of SHA-256 over the length-prefixed parts, as hex.
std::string id_of(std::initializer_list<std::string_view> parts) {
    std::string text;
    for (const std::string_view part : parts) {
        text.append(std::to_string(part.size())).append(":").append(part);
    }
    const Sha256 digest = sha256(text);
    return to_hex(std::span(digest).first(kIdBytes));
}

bool is_complete(const Job& job) {
    if (job.id.empty() || job.site.empty()) return false;
    switch (job.kind) {
        case JobKind::kRule:
            return !job.rule.empty() && !job.issue.empty();
        case JobKind::kSnapshot:
            return !job.snapshot.empty() && !job.page_id.empty();
        case JobKind::kPage:
            return !job.page_id.empty();
        case JobKind::kBatch:
            return true;
    }
    INVARIANT(false);
}

Result<boost::json::value> parse_record(std::string_view text) {
    if (text.size() > kJobBytesMax) {
        return fail(ErrorCode::kCorrupt, "the job record is larger than 900 kB");
    }
    return parse_json(text, "the job record");
}

std::unexpected<Error> fail_incomplete() {
    return fail(ErrorCode::kCorrupt, "the job record lacks a member that its kind needs");
}

/// All of a job but its batch.
Result<Job> summary_from(const boost::json::value& document) {
    if (integer_at(document, "v") != kSchemaVersion) {
        return fail(ErrorCode::kCorrupt, "the job record is not of schema version 1");
    }
    const auto kind = kind_from(string_at(document, "kind"));
    const auto accepted_at = integer_at(document, "accepted_at");
    Job job{
        .id = string_at(document, "id"),
        .kind = kind.value_or(JobKind::kRule),
        .site = string_at(document, "site"),
        .rule = string_at(document, "rule"),
        .issue = string_at(document, "issue"),
        .snapshot = string_at(document, "snapshot"),
        .page_id = string_at(document, "page_id"),
        .accepted_at = accepted_at.value_or(0),
        .catalog_offset = integer_at(document, "catalog_offset").value_or(0),
        .redrive = static_cast<int>(integer_at(document, "redrive").value_or(0)),
        .parent = string_at(document, "parent"),
        .not_before = integer_at(document, "not_before").value_or(0),
    };
    if (!kind || !accepted_at || !is_complete(job)) return fail_incomplete();
    return job;
}

}  // namespace

std::string_view name_of(JobKind kind) {
    switch (kind) {
        case JobKind::kRule:
            return "rule";
        case JobKind::kSnapshot:
            return "snapshot";
        case JobKind::kPage:
            return "page";
        case JobKind::kBatch:
            return "batch";
    }
    INVARIANT(false);
}

std::string route_key(const Job& job) {
    if (job.kind == JobKind::kRule) {
        return joined({job.site, "rule", job.rule, upper_cased(job.issue)});
    }
    if (job.kind == JobKind::kBatch) return joined({job.site, "batch", job.id});
    return site_page_key(job.site, job.page_id);
}

std::string rule_page_key(
    std::string_view site, std::string_view rule, std::string_view numeric_issue_id
) {
    return joined({site, "rule", rule, numeric_issue_id});
}

std::string site_page_key(std::string_view site, std::string_view page_id) {
    return joined({site, "page", page_id});
}

bool is_numeric_id(std::string_view text) {
    return !text.empty() && text.size() <= 19 && text.front() != '0' &&
           std::ranges::all_of(text, is_digit);
}

bool is_issue_key(std::string_view text) {
    constexpr std::size_t kLengthMax = 80;
    const std::size_t dash = text.rfind('-');
    if (text.size() > kLengthMax || dash == std::string_view::npos || dash == 0) return false;
    const std::string_view project = text.substr(0, dash);
    const auto is_project_char = [](char c) { return is_letter(c) || is_digit(c) || c == '_'; };
    return is_letter(project.front()) && std::ranges::all_of(project, is_project_char) &&
           is_numeric_id(text.substr(dash + 1));
}

bool is_job_id(std::string_view text) {
    return text.size() == 2 * kIdBytes &&
           std::ranges::all_of(text, [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

std::string derived_job_id(
    std::string_view site, std::string_view subject, std::string_view idempotency_key
) {
    return id_of({site, subject, idempotency_key});
}

std::string child_job_id(std::string_view parent_id, std::string_view subject) {
    return id_of({parent_id, subject});
}

std::string random_job_id(Random& random) {
    std::array<unsigned char, kIdBytes> bytes;
    random.fill(bytes);
    return to_hex(bytes);
}

std::string encode_summary(const Job& job) {
    std::string text;
    text.reserve(kUsualBytes);
    text.append(R"({"v":1)");
    append_json_member(text, "id", job.id);
    append_json_member(text, "kind", name_of(job.kind));
    append_json_member(text, "site", job.site);
    append_json_member(text, "rule", job.rule);
    append_json_member(text, "issue", job.issue);
    append_json_member(text, "snapshot", job.snapshot);
    append_json_member(text, "page_id", job.page_id);
    append_json_member(text, "accepted_at", job.accepted_at);
    append_json_member(text, "catalog_offset", job.catalog_offset);
    append_json_member(text, "redrive", job.redrive);
    append_json_member(text, "parent", job.parent);
    if (job.not_before > 0) append_json_member(text, "not_before", job.not_before);
    text.push_back('}');
    return text;
}

std::string encode(const Job& job) {
    std::string text = encode_summary(job);
    if (!job.batch) return text;
    text.pop_back();
    text.append(",\"batch\":").append(encode(*job.batch)).append("}");
    return text;
}

Result<Job> decode_summary(std::string_view text) {
    const auto document = parse_record(text);
    if (!document) return std::unexpected(document.error());
    return summary_from(*document);
}

Result<Job> decode_job(std::string_view text) {
    const auto document = parse_record(text);
    if (!document) return std::unexpected(document.error());
    auto job = summary_from(*document);
    if (!job) return job;
    const auto* batch = find(*document, "batch");
    if (batch == nullptr && job->kind == JobKind::kBatch) return fail_incomplete();
    if (batch == nullptr) return job;
    auto decoded = decode_batch(*batch);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    job->batch = *std::move(decoded);
    return job;
}

}  // namespace pagepress
