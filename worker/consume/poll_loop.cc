#include "worker/consume/poll_loop.h"

#include <algorithm>
#include <utility>

#include "common/base/log.h"
#include "common/base/trace_context.h"

namespace pagepress::worker {

namespace {

/// What a waiting job takes beside its texts: itself, its key and its places in the scheduler and
/// in the tracker.
constexpr std::size_t kWaitingOverheadBytes = sizeof(WaitingJob) + 512;

/// Redis knows for seven days what became of a job. An older one that seems new may be a copy of
/// one that was executed: sent by a batch that was executed again, or by a tool that mirrors
/// topics.
constexpr Millis kSurelyKnown = std::chrono::days(6);

/// Value of a record header; empty if there is none.
std::string header_of(const IncomingRecord& record, std::string_view name) {
    const auto found = std::ranges::find(record.headers, name, &RecordHeader::name);
    return found == record.headers.end() ? std::string() : found->value;
}

}  // namespace

PollLoop::PollLoop(
    Executors& executors,
    const IssueAliases& aliases,
    const Clock& clock,
    Metrics& metrics,
    PollLimits limits
)
    : executors_(executors), aliases_(aliases), clock_(clock), limits_(limits), metrics_(metrics) {}

void PollLoop::run(
    RecordSource& source, const Exits& exits, const std::function<void()>& serve_deliveries
) {
    source_ = &source;
    exits_.emplace(exits);
    auto next_store = clock_.steady_now();
    while (!is_stopping_) {
        if (const auto record = source.poll(limits_.poll_wait)) accept(*record, exits);
        serve_deliveries();
        const auto now = clock_.steady_now();
        if (now < next_store) continue;
        next_store = now + limits_.store_interval;
        exits.outbox.send_waiting();
        take_finished(exits);
        store_watermarks();
    }
}

void PollLoop::store_finished(RecordSource& source, const Exits& exits) {
    source_ = &source;
    take_finished(exits);
    store_watermarks();
}

void PollLoop::accept(const IncomingRecord& record, const Exits& exits) {
    const auto found = assignments_.find(record.partition);
    if (found == assignments_.end()) return;  // fetched before the partition was revoked
    Assignment& assignment = found->second;
    if (!assignment.tracker.deliver(record.offset)) return;
    metrics_.count_received();
    const RecordPosition position{
        .partition = record.partition, .offset = record.offset, .epoch = assignment.epoch};
    auto job = decode_job(record.value);
    if (!job) {
        exits.letters.bury(record, position, job.error());
        return;
    }
    // What died before it was sent again may have written before that.
    const bool is_old = Millis(clock_.unix_now() - job->accepted_at) > kSurelyKnown;
    const bool may_have_written = record.may_be_redelivered || job->redrive > 0 || is_old;
    WaitingJob waiting{
        .job = *std::move(job),
        .position = position,
        .may_have_written = may_have_written,
        .traceparent = header_of(record, kTraceHeader),
    };
    const UnixMillis copy_due = take_copy_headers(record.headers, waiting);
    const UnixMillis due = std::max(waiting.job.not_before, copy_due);
    assignment.tracker.set_since(std::max(waiting.job.accepted_at, waiting.job.not_before));
    const Millis wait(due - clock_.unix_now());
    if (exits.copies.is_long(wait)) {
        exits.copies.delay(waiting, record.value, due);
    } else {
        submit(std::move(waiting), wait, record.value.size(), assignment);
    }
    apply_window(record.partition, assignment);
}

/// Job times are of the wall clock; what is left of the wait is counted by the monotonic one.
void PollLoop::submit(
    WaitingJob job, Millis wait, std::size_t record_bytes, Assignment& assignment
) {
    if (wait > Millis(0)) {
        job.due = clock_.steady_now() + wait;
        const std::size_t bytes = kWaitingOverheadBytes + record_bytes;
        assignment.tracker.postpone(job.position.offset, job.due, bytes);
        waiting_bytes_ += bytes;
    }
    const std::string key = schedule_key(job.job);
    executors_.submit(key, std::move(job));
}

std::string PollLoop::schedule_key(const Job& job) const {
    if (job.kind != JobKind::kRule) return route_key(job);
    if (is_numeric_id(job.issue)) return rule_page_key(job.site, job.rule, job.issue);
    const auto issue_id = aliases_.find(job.site, job.issue);
    return issue_id ? rule_page_key(job.site, job.rule, *issue_id) : route_key(job);
}

void PollLoop::take_finished(const Exits& exits) {
    Finished finished = executors_.take_finished();
    for (const RecordPosition& position : finished.positions) finish(position);
    for (JobResult& dead : finished.dead) {
        // The new owner of a partition decides on its jobs; ours may be at their end there.
        if (is_ours(dead.job.position)) exits.letters.bury(std::move(dead));
    }
    for (const JobResult& delayed : finished.delayed) {
        if (is_ours(delayed.job.position)) exits.copies.delay(delayed);
    }
}

bool PollLoop::is_ours(const RecordPosition& position) const {
    const auto found = assignments_.find(position.partition);
    return found != assignments_.end() && found->second.epoch == position.epoch;
}

void PollLoop::finish(const RecordPosition& position) {
    if (is_ours(position)) assignments_.at(position.partition).tracker.finish(position.offset);
}

void PollLoop::store_watermarks() {
    waiting_bytes_ = 0;
    for (auto& [partition, assignment] : assignments_) {
        assignment.tracker.wake(clock_.steady_now());
        waiting_bytes_ += assignment.tracker.waiting_bytes();
    }
    for (auto& [partition, assignment] : assignments_) {
        apply_window(partition, assignment);
        const auto watermark = assignment.tracker.watermark();
        if (!watermark || *watermark == assignment.stored) continue;
        if (const auto stored = source_->store(partition, *watermark); !stored) {
            report_not_stored(stored.error());
            continue;  // tried again next time
        }
        assignment.stored = *watermark;
    }
    metrics_.show(backlog(), executors_.load(), clock_.unix_now());
}

Backlog PollLoop::backlog() const {
    Backlog backlog{.waiting_bytes = waiting_bytes_};
    for (const auto& [partition, assignment] : assignments_) {
        const OffsetTracker& tracker = assignment.tracker;
        backlog.held += tracker.held();
        backlog.unfinished += tracker.unfinished();
        const auto until = tracker.delivered_until();
        const std::int64_t end = source_->end_of(partition).value_or(0);
        if (until && end > *until) backlog.undelivered += static_cast<std::size_t>(end - *until);
        if (const auto oldest = tracker.oldest()) {
            backlog.oldest = backlog.oldest == 0 ? *oldest : std::min(backlog.oldest, *oldest);
        }
    }
    return backlog;
}

/// A partition that went to another worker is stored by that one. Anything else delays commits and
/// repeats several times a second.
void PollLoop::report_not_stored(const Error& error) {
    if (error.code == ErrorCode::kNotFound) return;
    metrics_.count_not_stored();
    const auto now = clock_.steady_now();
    if (now < next_warning_) return;
    next_warning_ = now + limits_.warning_interval;
    log_warn("offset not stored: tried again", {{"reason", error.message}});
}

void PollLoop::apply_window(std::int32_t partition, const Assignment& assignment) {
    constexpr double kResumed = 0.7;
    const double use = use_of_limits(assignment.tracker);
    if (use >= 1) source_->pause(partition);
    if (use <= kResumed) source_->resume(partition);
}

/// Jobs that wait for their time have a limit of their own, or those behind them would wait too.
double PollLoop::use_of_limits(const OffsetTracker& tracker) const {
    const auto share = [](std::size_t count, std::size_t limit) {
        return static_cast<double>(count) / static_cast<double>(limit);
    };
    const bool has_waiting = tracker.waiting_bytes() > 0;
    return std::max(
        {share(tracker.in_work(), limits_.window_max),
         share(tracker.held(), limits_.held_max),
         has_waiting ? share(waiting_bytes_, limits_.waiting_bytes_max) : 0}
    );
}

void PollLoop::on_assigned(const std::vector<std::int32_t>& partitions) {
    for (const std::int32_t partition : partitions) {
        Assignment& assignment = assignments_[partition];
        assignment = {.epoch = next_epoch_++, .tracker = {}, .stored = -1};
        executors_.assign(assignment.epoch);
    }
    log_info("partitions assigned", {{"count", partitions.size()}});
}

/// Drain, then store, then fence: finished work whose offset is refused would be done again.
void PollLoop::on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) {
    std::set<std::uint64_t> epochs;
    for (const std::int32_t partition : partitions) {
        const auto found = assignments_.find(partition);
        if (found != assignments_.end()) epochs.insert(found->second.epoch);
    }
    // At the end of the process the running presses have been waited for already.
    const bool is_waited_for = is_lost || is_stopping_;
    const auto deadline = clock_.steady_now() + (is_waited_for ? Millis(0) : limits_.revoke_wait);
    const bool is_drained = executors_.revoke(epochs, deadline);
    if (!is_lost && exits_) {
        take_finished(*exits_);
        store_watermarks();
    }
    if (exits_) exits_->outbox.drop_waiting(epochs);
    for (const std::int32_t partition : partitions) assignments_.erase(partition);
    log_info(
        "partitions revoked",
        {{"count", partitions.size()},
         {"lost", is_lost ? "yes" : "no"},
         {"drained", is_drained ? "yes" : "no"}}
    );
}

}  // namespace pagepress::worker
