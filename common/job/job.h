// A job: the unit of work put on Kafka, and its keys.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/random.h"
#include "common/job/batch.h"

namespace pagepress {

/// What a job asks for.
enum class JobKind {
    kRule,      ///< one page for a rule and an issue
    kSnapshot,  ///< one snapshot of a page taken anew
    kPage,      ///< all snapshots of a page taken anew, in one version
    kBatch,     ///< many jobs of the other kinds, put on Kafka by a worker
};

/// Largest record value of a job. librdkafka's `message.max.bytes` is 1,000,000 and counts key and
/// headers too, and a dead letter has more of these than the job's own record.
inline constexpr std::size_t kJobBytesMax = 900'000;

/// A job is written once by the ingress and never changed.
struct Job {
    std::string id;  ///< 32 lower-case hex digits
    JobKind kind = JobKind::kRule;
    std::string site;
    std::string rule;      ///< kRule
    std::string issue;     ///< kRule: numeric id or key, as the caller wrote it
    std::string snapshot;  ///< kSnapshot
    std::string page_id;   ///< kSnapshot, kPage: the page that holds the snapshot
    UnixMillis accepted_at = 0;
    std::int64_t catalog_offset = 0;  ///< the catalog position that the job was accepted under
    int redrive = 0;                  ///< how often it was sent again from the dead letters
    std::string parent = {};          ///< the batch job that it belongs to, if any
    UnixMillis not_before = 0;        ///< not pressed before this time; 0: at once
    std::optional<Batch> batch = {};  ///< kBatch

    bool operator==(const Job&) const = default;
};

/// Stable word of a kind: `rule`, `snapshot`, `page`, `batch`.
[[nodiscard]] std::string_view name_of(JobKind kind);

/// The Kafka record key: what the ingress can know of the target page. Equal keys go to one
/// partition. `acme/rule/release/PROJ-42` (issue text upper-cased), `acme/page/12345` or
/// `acme/batch/<job id>`.
[[nodiscard]] std::string route_key(const Job& job);

/// Page key of a rule's page: `acme/rule/release/10042`.
[[nodiscard]] std::string rule_page_key(
    std::string_view site, std::string_view rule, std::string_view numeric_issue_id
);

/// Page key of a page known by its id: `acme/page/12345`.
[[nodiscard]] std::string site_page_key(std::string_view site, std::string_view page_id);

/// Whether `text` is a numeric id of an issue or page: 1..19 digits, no leading zero, or one page
/// would have several page keys.
[[nodiscard]] bool is_numeric_id(std::string_view text);

/// Whether `text` looks like an issue key: letter, letters/digits/underscore, dash, digits; at most
/// 80 characters.
[[nodiscard]] bool is_issue_key(std::string_view text);

/// Whether `text` has the form of a job id: 32 lower-case hex digits.
[[nodiscard]] bool is_job_id(std::string_view text);

/// Id of a job whose caller gave an idempotency key: the same request always has the same id.
/// The first 128 bits of SHA-256 over the length-prefixed parts, as hex.
[[nodiscard]] std::string derived_job_id(
    std::string_view site, std::string_view subject, std::string_view idempotency_key
);

/// Id of a job of a batch: whatever the order in which the batch is put on Kafka, and however
/// often, a child has the same id. `subject` is its route key, or `snapshot/<id>`.
[[nodiscard]] std::string child_job_id(std::string_view parent_id, std::string_view subject);

/// Id of a job without such a key: 128 random bits as hex.
[[nodiscard]] std::string random_job_id(Random& random);

/// JSON text of a job, schema version 1; at most 4 KiB for jobs within the ingress' limits, and
/// `kJobBytesMax` for batches.
[[nodiscard]] std::string encode(const Job& job);

/// The same without what the job's batch holds, so at most 4 KiB for every job: what is kept of a
/// job beside its record.
[[nodiscard]] std::string encode_summary(const Job& job);

/// Job without its batch, from such a text or from a whole record.
///
/// @errors  as of `decode_job`
[[nodiscard]] Result<Job> decode_summary(std::string_view text);

/// Job from its JSON text. Unknown members are ignored, so that a newer ingress can add some.
///
/// @errors  kCorrupt  not JSON, another schema version, a missing member, or over `kJobBytesMax`
[[nodiscard]] Result<Job> decode_job(std::string_view text);

}  // namespace pagepress
