// The poll thread: owns the consumer alone, hands jobs to the pool, stores the watermarks.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "worker/consume/dead_letters.h"
#include "worker/consume/offset_tracker.h"
#include "worker/consume/poll_metrics.h"
#include "worker/consume/record_source.h"
#include "worker/delay/delayed_copies.h"
#include "worker/idempotency/issue_aliases.h"
#include "worker/schedule/executors.h"

namespace pagepress::worker {

struct PollLimits {
    /// A partition is paused at any of these, and resumed at 70 % of all of them.
    /// Records of a partition in work: neither finished nor waiting for their time.
    std::size_t window_max = 4096;
    /// Records of a partition from its watermark on, finished ones and those that wait for their
    /// time included: what a crash would redeliver.
    std::size_t held_max = 100'000;
    /// Memory of all jobs that wait for their time; stops only partitions that hold some of them.
    std::size_t waiting_bytes_max = 64UL << 20;
    /// Longest wait for running presses when partitions are revoked; below a third of
    /// `max.poll.interval.ms`, or the whole assignment is lost.
    Millis revoke_wait{60'000};
    Millis store_interval{200};
    /// Offsets that are not stored are logged this often at the most.
    Millis warning_interval{60'000};
    Millis poll_wait{50};
};

/// Where jobs go that leave the worker unfinished; the outbox is that of both.
struct Exits {
    Outbox& outbox;
    DeadLetters& letters;
    DelayedCopies& copies;
};

/// Used by one thread, which calls everything here but `stop`. It never waits for Confluence except
/// while partitions are being revoked.
class PollLoop final : public AssignmentListener {
public:
    PollLoop(
        Executors& executors,
        const IssueAliases& aliases,
        const Clock& clock,
        Metrics& metrics,
        PollLimits limits
    );

    /// Polls until `stop`.
    /// @param serve_deliveries  called every turn: passes delivery reports on to the outbox
    void run(
        RecordSource& source, const Exits& exits, const std::function<void()>& serve_deliveries
    );

    /// Makes `run` return soon. Any thread.
    void stop() { is_stopping_ = true; }

    /// After `run`, once the pool has stopped: stores what is finished by then.
    void store_finished(RecordSource& source, const Exits& exits);

    /// A record needs nothing more. Late calls for a former assignment are ignored.
    void finish(const RecordPosition& position);

    void on_assigned(const std::vector<std::int32_t>& partitions) override;
    void on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) override;

private:
    struct Assignment {
        std::uint64_t epoch = 0;
        OffsetTracker tracker;
        std::int64_t stored = -1;
    };

    void accept(const IncomingRecord& record, const Exits& exits);
    void submit(WaitingJob job, Millis wait, std::size_t record_bytes, Assignment& assignment);
    void take_finished(const Exits& exits);
    void store_watermarks();
    [[nodiscard]] Backlog backlog() const;
    void report_not_stored(const Error& error);
    [[nodiscard]] bool is_ours(const RecordPosition& position) const;
    void apply_window(std::int32_t partition, const Assignment& assignment);
    [[nodiscard]] double use_of_limits(const OffsetTracker& tracker) const;
    [[nodiscard]] std::string schedule_key(const Job& job) const;

    Executors& executors_;
    const IssueAliases& aliases_;
    const Clock& clock_;
    const PollLimits limits_;
    PollMetrics metrics_;
    std::atomic<bool> is_stopping_ = false;
    RecordSource* source_ = nullptr;
    std::optional<Exits> exits_;
    std::map<std::int32_t, Assignment> assignments_;
    std::size_t waiting_bytes_ = 0;  ///< of all assignments, as of the last turn or a little more
    std::uint64_t next_epoch_ = 1;
    SteadyTime next_warning_{};
};

}  // namespace pagepress::worker
