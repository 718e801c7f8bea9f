// A poll loop with a scripted consumer, a producer that keeps what it gets, and a pool whose
// presses the test answers.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/worker/world.h"
#include "worker/consume/poll_loop.h"
#include "worker/schedule/press_pool.h"

namespace pagepress::test {

/// Hands out scripted steps, then stops the loop.
class ScriptedSource final : public RecordSource {
public:
    std::optional<IncomingRecord> poll(Millis) override {
        if (steps.empty()) {
            if (on_idle) on_idle();
            return std::nullopt;
        }
        const auto step = std::move(steps.front());
        steps.pop_front();
        return step();
    }

    Result<void> store(std::int32_t partition, std::int64_t offset) override {
        ++tries;
        if (refusal) return fail(*refusal, "scripted");
        stored[partition] = offset;
        return {};
    }

    [[nodiscard]] std::optional<std::int64_t> end_of(std::int32_t partition) const override {
        const auto found = ends.find(partition);
        return found == ends.end() ? std::nullopt : std::optional(found->second);
    }

    void pause(std::int32_t partition) override { paused.insert(partition); }

    void resume(std::int32_t partition) override { paused.erase(partition); }

    void close(Millis) override {}

    std::deque<std::function<std::optional<IncomingRecord>()>> steps;
    std::function<void()> on_idle;
    std::map<std::int32_t, std::int64_t> stored;
    std::map<std::int32_t, std::int64_t> ends;
    std::set<std::int32_t> paused;
    std::optional<ErrorCode> refusal;  ///< of every store
    int tries = 0;                     ///< to store
};

/// Keeps letters until the test reports on them.
class LetterSink final : public RecordSink {
public:
    Result<void> append(const Record& record, std::uint64_t ticket) override {
        if (is_full) return fail(ErrorCode::kOverloaded, "full");
        if (record.topic == missing_topic) {
            ++refusals;
            return fail(ErrorCode::kNotFound, "no such topic");
        }
        if (record.value.size() > bytes_max) return fail(ErrorCode::kTooLarge, "too large");
        letters.emplace_back(ticket, record);
        return {};
    }

    bool is_full = false;
    std::string missing_topic = "none";
    int refusals = 0;  ///< of records for it
    std::size_t bytes_max = 1'000'000;
    std::vector<std::pair<std::uint64_t, Record>> letters;
};

class Harness {
public:
    Harness(PollLimits limits, Verdict verdict, const DelaySettings& delay = {})
        : tiers({.brokers = {}, .topic_prefix = {}}, delay),
          pool({[this, verdict](Press press) { return answer(std::move(press), verdict); }}, clock),
          loop(pool, aliases, clock, metrics, limits),
          letters(
              outbox,
              "dead",
              clock,
              [this](const RecordPosition& position, const JobStatus*) {
                  ++buried;
                  loop.finish(position);
              }
          ),
          copies(outbox, tiers, clock, metrics, [this](const RecordPosition& position) {
              ++delayed;
              loop.finish(position);
          }) {}

    PressResult answer(Press press, Verdict verdict) {
        if (press.key != "other") {
            pressed = press.jobs;
            pressed_at = clock.now.load();
        }
        PressResult result{.key = press.key, .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            JobResult ended;
            ended.verdict = verdict;
            ended.status.reason = "no such issue";
            ended.code = ErrorCode::kNotFound;
            ended.job = std::move(job);
            if (long_wait) ended.due_at = clock.now + long_wait->count();
            result.results.push_back(std::move(ended));
        }
        return result;
    }

    void assign(std::vector<std::int32_t> partitions) {
        source.steps.emplace_back([this, partitions]() -> std::optional<IncomingRecord> {
            loop.on_assigned(partitions);
            return std::nullopt;
        });
    }

    void revoke(std::vector<std::int32_t> partitions) {
        source.steps.emplace_back([this, partitions]() -> std::optional<IncomingRecord> {
            loop.on_revoked(partitions, false);
            return std::nullopt;
        });
    }

    void record(
        std::int64_t offset, const std::string& value, const std::vector<RecordHeader>& headers = {}
    ) {
        values[offset] = value;
        source.steps.emplace_back([offset, value, headers]() -> std::optional<IncomingRecord> {
            return IncomingRecord{
                .partition = 0, .offset = offset, .key = "k", .value = value, .headers = headers};
        });
    }

    void job(std::int64_t offset) {
        Job job = world.trigger_rule(std::to_string(offset + 1));
        record(offset, encode(job));
    }

    /// A job that is not to be pressed before `wait` has passed.
    void later_job(std::int64_t offset, Millis wait) {
        Job job = world.trigger_rule(std::to_string(offset + 1));
        job.not_before = clock.now + wait.count();
        record(offset, encode(job));
    }

    /// Runs until `is_done`, checked whenever the source has nothing more.
    void run_until(const std::function<bool()>& is_done) {
        source.on_idle = [this, is_done] {
            clock.now += 1000;
            if (is_done()) loop.stop();
        };
        loop.run(source, exits(), [] {});
    }

    /// Whether so many jobs wait, and no press runs.
    bool are_waiting(std::size_t count) {
        const ExecutorLoad load = pool.load();
        return load.running == 0 && load.waiting == count;
    }

    bool is_idle() { return are_waiting(0); }

    /// Whether the loop has idled so long that nothing will come any more.
    bool hopeless() { return clock.now - started > 100'000'000; }

    Exits exits() { return {outbox, letters, copies}; }

    World world;
    ManualClock clock;
    std::optional<Millis> long_wait;             ///< of every job
    std::map<std::int64_t, std::string> values;  ///< of records, by offset
    std::vector<WaitingJob> pressed;             ///< last; to be read when no press runs
    std::atomic<UnixMillis> pressed_at = 0;
    const UnixMillis started = clock.now;
    Metrics metrics;
    IssueAliases aliases;
    ScriptedSource source;
    LetterSink sink;
    Outbox outbox{sink, clock};
    const DelayTiers tiers;
    PressPool pool;
    PollLoop loop;
    DeadLetters letters;
    DelayedCopies copies;
    int buried = 0;
    int delayed = 0;
};

/// Value of a header; empty if there is none.
inline std::string header_of(const Record& record, std::string_view name) {
    const auto found = std::ranges::find(record.headers, name, &RecordHeader::name);
    return found == record.headers.end() ? std::string() : found->value;
}

}  // namespace pagepress::test
