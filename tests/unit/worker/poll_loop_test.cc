// The poll loop between a scripted consumer and a pool whose presses the test answers.
#include "worker/consume/poll_loop.h"

#include <deque>
#include <set>

#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/schedule/press_pool.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

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

    void pause(std::int32_t partition) override { paused.insert(partition); }

    void resume(std::int32_t partition) override { paused.erase(partition); }

    void close(Millis) override {}

    std::deque<std::function<std::optional<IncomingRecord>()>> steps;
    std::function<void()> on_idle;
    std::map<std::int32_t, std::int64_t> stored;
    std::set<std::int32_t> paused;
    std::optional<ErrorCode> refusal;  ///< of every store
    int tries = 0;                     ///< to store
};

/// Keeps letters until the test reports on them.
class LetterSink final : public RecordSink {
public:
    Result<void> append(const Record& record, std::uint64_t ticket) override {
        if (is_full) return fail(ErrorCode::kOverloaded, "full");
        if (record.value.size() > bytes_max) return fail(ErrorCode::kTooLarge, "too large");
        letters.emplace_back(ticket, record);
        return {};
    }

    bool is_full = false;
    std::size_t bytes_max = 1'000'000;
    std::vector<std::pair<std::uint64_t, Record>> letters;
};

class Harness {
public:
    explicit Harness(PollLimits limits, Verdict verdict)
        : pool({[verdict](Press press) { return answer(std::move(press), verdict); }}, clock),
          loop(pool, aliases, clock, metrics, limits),
          letters(sink, "dead", clock, [this](const RecordPosition& position, const JobStatus*) {
              ++buried;
              loop.finish(position);
          }) {}

    static PressResult answer(Press press, Verdict verdict) {
        PressResult result{.key = press.key, .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            JobResult ended;
            ended.verdict = verdict;
            ended.status.reason = "no such issue";
            ended.code = ErrorCode::kNotFound;
            ended.job = std::move(job);
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

    void record(std::int64_t offset, const std::string& value) {
        source.steps.emplace_back([offset, value]() -> std::optional<IncomingRecord> {
            return IncomingRecord{
                .partition = 0, .offset = offset, .key = "k", .value = value, .headers = {}};
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
        loop.run(source, letters, [] {});
    }

    /// Whether so many jobs wait, and no press runs.
    bool are_waiting(std::size_t count) {
        const ExecutorLoad load = pool.load();
        return load.running == 0 && load.waiting == count;
    }

    /// Whether the loop has idled so long that nothing will come any more.
    bool hopeless() { return clock.now - started > 100'000'000; }

    World world;
    ManualClock clock;
    const UnixMillis started = clock.now;
    Metrics metrics;
    IssueAliases aliases;
    ScriptedSource source;
    LetterSink sink;
    PressPool pool;
    PollLoop loop;
    DeadLetters letters;
    int buried = 0;
};

}  // namespace

TEST_CASE("The watermark is stored when the jobs below it are finished", "[poll_loop]") {
    Harness harness({}, Verdict::kDone);
    harness.assign({0});
    for (const std::int64_t offset : {7, 8, 12}) harness.job(offset);
    harness.run_until([&] { return harness.source.stored[0] == 13; });
    CHECK(harness.source.stored[0] == 13);
}

TEST_CASE("An offset that is not stored is tried again until it is", "[poll_loop]") {
    Harness harness({}, Verdict::kDone);
    harness.source.refusal = ErrorCode::kUnavailable;
    harness.assign({0});
    harness.job(7);
    harness.run_until([&] {
        if (harness.source.tries == 3) harness.source.refusal.reset();
        return harness.source.stored[0] == 8 || harness.hopeless();
    });
    CHECK(harness.source.stored[0] == 8);
    CHECK(harness.metrics.text().contains("pagepress_offsets_not_stored_total 3\n"));
}

TEST_CASE("An offset of a partition that went to another worker is nobody's fault", "[poll_loop]") {
    Harness harness({}, Verdict::kDone);
    harness.source.refusal = ErrorCode::kNotFound;
    harness.assign({0});
    harness.job(7);
    harness.run_until([&] { return harness.source.tries >= 3 || harness.hopeless(); });
    CHECK(harness.source.tries >= 3);
    CHECK(harness.source.stored.empty());
    CHECK(harness.metrics.text().contains("pagepress_offsets_not_stored_total 0\n"));
}

TEST_CASE("A dead job's offset moves on only after its letter is acknowledged", "[poll_loop]") {
    Harness harness({}, Verdict::kDead);
    harness.assign({0});
    harness.job(3);
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    CHECK(harness.source.stored[0] == 3);
    const auto& [ticket, letter] = harness.sink.letters.front();
    CHECK(letter.topic == "dead");
    CHECK(letter.headers.at(0).value == "no such issue");
    CHECK(letter.headers.at(1).value == "not_found");
    harness.letters.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
    );
    CHECK(harness.buried == 1);
    harness.loop.store_finished(harness.source, harness.letters);
    CHECK(harness.source.stored[0] == 4);
}

TEST_CASE("A job's trace goes on into its dead letter", "[dead_letters]") {
    const std::string trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    Harness harness({}, Verdict::kDead);
    harness.assign({0});
    harness.source.steps.emplace_back([&]() -> std::optional<IncomingRecord> {
        return IncomingRecord{
            .partition = 0,
            .offset = 3,
            .key = "k",
            .value = encode(harness.world.trigger_rule("4")),
            .headers = {{.name = "other", .value = "x"}, {.name = "traceparent", .value = trace}},
        };
    });
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    const std::vector<RecordHeader>& headers = harness.sink.letters.front().second.headers;
    const auto found = std::ranges::find(headers, "traceparent", &RecordHeader::name);
    REQUIRE(found != headers.end());
    CHECK(found->value == trace);
}

TEST_CASE("A letter that is not persisted is sent again", "[dead_letters]") {
    Harness harness({}, Verdict::kDead);
    harness.assign({0});
    harness.record(3, "no job at all");
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    CHECK(harness.sink.letters.front().second.value == "no job at all");
    const std::uint64_t ticket = harness.sink.letters.front().first;
    harness.letters.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kNotPersisted, .reason = {}}
    );
    CHECK(harness.buried == 0);
    harness.sink.is_full = true;
    harness.clock.now += 1000;
    harness.letters.send_waiting();
    CHECK(harness.sink.letters.size() == 1);
    harness.sink.is_full = false;
    harness.clock.now += 1000;
    harness.letters.send_waiting();
    CHECK(harness.sink.letters.size() == 2);
}

TEST_CASE("A letter that no record can hold is cut, and offsets go on", "[dead_letters]") {
    Harness harness({}, Verdict::kDead);
    harness.sink.bytes_max = 2000;
    harness.assign({0});
    harness.record(3, std::string(3000, 'x'));
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    const auto& [ticket, letter] = harness.sink.letters.front();
    CHECK(letter.value == std::string(1024, 'x'));
    CHECK(letter.headers.back().name == "cut_from");
    CHECK(letter.headers.back().value == "3000");
    harness.letters.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
    );
    CHECK(harness.buried == 1);
}

TEST_CASE("A completion of a former assignment finishes nothing", "[poll_loop]") {
    Harness harness({}, Verdict::kRetry);
    harness.assign({0});
    harness.job(5);
    harness.revoke({0});
    harness.assign({0});
    harness.job(5);
    harness.run_until([&] { return harness.source.stored.contains(0); });
    CHECK(harness.source.stored[0] == 5);
    harness.loop.finish({.partition = 0, .offset = 5, .epoch = 1});
    harness.loop.store_finished(harness.source, harness.letters);
    CHECK(harness.source.stored[0] == 5);
    harness.loop.finish({.partition = 0, .offset = 5, .epoch = 2});
    harness.loop.store_finished(harness.source, harness.letters);
    CHECK(harness.source.stored[0] == 6);
}

TEST_CASE("A dead job of a lost partition gets no letter: its new owner decides", "[poll_loop]") {
    Harness harness({}, Verdict::kDead);
    harness.assign({0});
    harness.job(5);
    harness.source.steps.emplace_back([&]() -> std::optional<IncomingRecord> {
        while (harness.pool.load().waiting + harness.pool.load().running > 0) {
            std::this_thread::yield();
        }
        harness.loop.on_revoked({0}, true);
        return std::nullopt;
    });
    int turns = 0;
    harness.run_until([&] { return ++turns == 3; });
    CHECK(harness.sink.letters.empty());
}

TEST_CASE("A partition is paused at the window and resumed below it", "[poll_loop]") {
    PollLimits limits;
    limits.window_max = 3;
    Harness harness(limits, Verdict::kRetry);
    harness.assign({0});
    for (const std::int64_t offset : {0, 1, 2}) harness.job(offset);
    harness.run_until([&] { return harness.source.paused.contains(0); });
    CHECK(harness.source.paused.contains(0));
    harness.loop.finish({.partition = 0, .offset = 0, .epoch = 1});
    harness.loop.store_finished(harness.source, harness.letters);
    CHECK_FALSE(harness.source.paused.contains(0));
}

TEST_CASE("Jobs that wait for their time hold nobody up behind them", "[poll_loop]") {
    PollLimits limits;
    limits.window_max = 3;
    Harness harness(limits, Verdict::kDone);
    harness.assign({0});
    for (std::int64_t offset = 0; offset < 10; ++offset) harness.later_job(offset, 2000h);
    for (std::int64_t offset = 10; offset < 30; ++offset) harness.job(offset);
    harness.run_until([&] {
        return harness.are_waiting(10) && (harness.source.paused.empty() || harness.hopeless());
    });
    CHECK(harness.source.paused.empty());
    CHECK(harness.source.stored[0] == 0);
    const std::string metrics = harness.metrics.text();
    CHECK(metrics.contains("pagepress_records_in_flight 30\n"));
    CHECK_FALSE(metrics.contains("pagepress_jobs_postponed_bytes 0\n"));
}

TEST_CASE("Jobs that wait for their time are bounded by count and by memory", "[poll_loop]") {
    PollLimits limits;
    SECTION("count") {
        limits.held_max = 3;
    }
    SECTION("memory") {
        limits.waiting_bytes_max = 3000;
    }
    Harness harness(limits, Verdict::kDone);
    harness.assign({0, 1});
    for (const std::int64_t offset : {0, 1, 2}) harness.later_job(offset, 2000h);
    harness.source.steps.emplace_back([&]() -> std::optional<IncomingRecord> {
        return IncomingRecord{
            .partition = 1,
            .offset = 0,
            .key = "k",
            .value = encode(harness.world.trigger_rule("77")),
            .headers = {}};
    });
    harness.run_until([&] { return harness.are_waiting(3); });
    CHECK(harness.source.paused == std::set<std::int32_t>{0});
}

TEST_CASE("A partition goes on when the time of its waiting jobs has come", "[poll_loop]") {
    PollLimits limits;
    limits.waiting_bytes_max = 3000;
    Harness harness(limits, Verdict::kDone);
    harness.assign({0});
    for (const std::int64_t offset : {0, 1, 2}) harness.later_job(offset, 1h);
    bool was_paused = false;
    harness.run_until([&] {
        was_paused = was_paused || harness.source.paused.contains(0);
        harness.clock.now += 60'000;
        harness.pool.submit("other", {});  // wakes the pool, whose clock is the test's
        return (was_paused && harness.source.paused.empty()) || harness.hopeless();
    });
    CHECK(was_paused);
    CHECK(harness.source.paused.empty());
}
