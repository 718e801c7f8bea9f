// How far a batch has come: one Redis hash per batch, kept for 7 days after its last change. The
// ingress notes that it is queued and calls it off; workers write the rest, in the same scripts as
// the statuses of the batch and its jobs.
//
// Members: `site`, `batch` (state of the batch job), `reason`, `total`, `cancelled`; one per job of
// the batch, job id to state; and `#<state>`, how many jobs are in a state. A job's state and the
// counts change in one script, and only if the state is another one, so that nothing that is
// repeated counts twice.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/job/job.h"
#include "common/job/job_status.h"
#include "common/redis/redis.h"

namespace pagepress {

enum class BatchState {
    kUnknown,    ///< nothing is kept of it, or not enough to tell
    kQueued,     ///< Kafka has it, no worker has begun it
    kRunning,    ///< jobs are being put on Kafka, or some are not at their end
    kDone,       ///< every job is at its end
    kCancelled,  ///< called off by a caller, or because there is nothing to do it with any more
    kDead,       ///< given up before all jobs were on Kafka; `reason` says why
};

[[nodiscard]] std::string_view name_of(BatchState state);
[[nodiscard]] bool is_terminal(BatchState state);

/// Jobs of a batch by their state.
struct BatchCounts {
    std::int64_t queued = 0;
    std::int64_t running = 0;
    std::int64_t done = 0;
    std::int64_t coalesced = 0;
    std::int64_t skipped = 0;
    std::int64_t dead = 0;

    [[nodiscard]] std::int64_t sum() const {
        return queued + running + done + coalesced + skipped + dead;
    }

    bool operator==(const BatchCounts&) const = default;
};

struct BatchStatus {
    std::string site;
    BatchState state = BatchState::kUnknown;
    std::int64_t total = 0;  ///< jobs of the batch, as far as they are known
    BatchCounts counts = {};
    std::string reason = {};  ///< kCancelled, kDead, or the last error while running
};

/// `pagepress:batch:<id>`.
[[nodiscard]] std::string batch_status_key(std::string_view batch_id);

/// Where the state of a job counts, beside its own status.
struct BatchEntry {
    std::string key;     ///< a batch's hash; empty: the job has to do with no batch
    std::string member;  ///< `batch` for the batch job itself, else the job's id
};

[[nodiscard]] BatchEntry batch_entry_of(const Job& job);

/// Reads a batch: to `batch_status_from`. Costs the same however many jobs it has.
[[nodiscard]] RedisCommand read_batch_command(std::string_view batch_id);

/// Status from the reply to `read_batch_command`; state kUnknown if too little is kept.
[[nodiscard]] BatchStatus batch_status_from(const RedisReply& reply);

/// Notes that Kafka has the batch, unless a worker knows it already.
[[nodiscard]] RedisCommand note_batch_command(std::string_view batch_id, std::string_view site);

/// Calls off a batch that is known and not at its end, and belongs to `site` (empty: to any): its
/// jobs that no worker has begun will be skipped. Looks and marks in one step; the reply is for
/// `batch_cancel_from`.
[[nodiscard]] RedisCommand cancel_batch_command(
    std::string_view batch_id, std::string_view site = {}
);

/// What came of calling a batch off.
struct BatchCancel {
    bool is_marked = false;
    BatchStatus before = {};  ///< what it was; if it was not marked, this is why
};

/// From the reply to `cancel_batch_command`.
[[nodiscard]] BatchCancel batch_cancel_from(const RedisReply& reply);

}  // namespace pagepress
