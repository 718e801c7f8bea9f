// The poll loop between a scripted consumer and a pool whose presses the test answers.
#include "tests/support/catch.h"
#include "tests/unit/worker/poll_world.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

/// No wait is too long for memory.
const DelaySettings kAllInMemory{.park_max = 5000h, .delays = {6000h, 7000h, 8000h}};

}  // namespace

TEST_CASE("The watermark is stored when the jobs below it are finished", "[poll_loop]") {
    Harness harness({}, Verdict::kDone);
    harness.assign({0});
    for (const std::int64_t offset : {7, 8, 12}) harness.job(offset);
    harness.run_until([&] { return harness.source.stored[0] == 13; });
    CHECK(harness.source.stored[0] == 13);
}

TEST_CASE("A job older than what Redis remembers may have been executed", "[poll_loop][W18]") {
    constexpr UnixMillis kDay = 24 * 60 * 60 * 1000;
    const auto age = GENERATE(0 * kDay, 5 * kDay, 7 * kDay, 13 * kDay);
    Harness harness({}, Verdict::kDone);
    Job job = harness.world.trigger_rule("10042");
    job.accepted_at = harness.clock.now - age;
    harness.assign({0});
    harness.record(7, encode(job));
    harness.run_until([&] { return harness.source.stored[0] == 8 || harness.hopeless(); });
    REQUIRE(harness.pressed.size() == 1);
    CHECK(harness.pressed.front().may_have_written == (age >= 7 * kDay));
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

TEST_CASE("A dead job's offset moves on only after its letter is acknowledged", "[poll_loop][W7]") {
    Harness harness({}, Verdict::kDead);
    harness.assign({0});
    harness.job(3);
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    CHECK(harness.source.stored[0] == 3);
    const auto& [ticket, letter] = harness.sink.letters.front();
    CHECK(letter.topic == "dead");
    CHECK(letter.headers.at(0).value == "no such issue");
    CHECK(letter.headers.at(1).value == "not_found");
    harness.outbox.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
    );
    CHECK(harness.buried == 1);
    harness.loop.store_finished(harness.source, harness.exits());
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
    harness.outbox.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kNotPersisted, .reason = {}}
    );
    CHECK(harness.buried == 0);
    harness.sink.is_full = true;
    harness.clock.now += 1000;
    harness.outbox.send_waiting();
    CHECK(harness.sink.letters.size() == 1);
    harness.sink.is_full = false;
    harness.clock.now += 1000;
    harness.outbox.send_waiting();
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
    harness.outbox.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
    );
    CHECK(harness.buried == 1);
}

TEST_CASE("A completion of a former assignment finishes nothing", "[poll_loop][W9]") {
    Harness harness({}, Verdict::kRetry);
    harness.assign({0});
    harness.job(5);
    harness.revoke({0});
    harness.assign({0});
    harness.job(5);
    harness.run_until([&] { return harness.source.stored.contains(0); });
    CHECK(harness.source.stored[0] == 5);
    harness.loop.finish({.partition = 0, .offset = 5, .epoch = 1});
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.source.stored[0] == 5);
    harness.loop.finish({.partition = 0, .offset = 5, .epoch = 2});
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.source.stored[0] == 6);
}

TEST_CASE(
    "A dead job of a lost partition gets no letter: its new owner decides", "[poll_loop][W8]"
) {
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
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK_FALSE(harness.source.paused.contains(0));
}

TEST_CASE("Jobs that wait for their time hold nobody up behind them", "[poll_loop][W31]") {
    PollLimits limits;
    limits.window_max = 3;
    Harness harness(limits, Verdict::kDone, kAllInMemory);
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
    Harness harness(limits, Verdict::kDone, kAllInMemory);
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
    Harness harness(limits, Verdict::kDone, kAllInMemory);
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

TEST_CASE("The lag is what is not finished, whatever is committed", "[poll_loop]") {
    Harness harness({}, Verdict::kDone, kAllInMemory);
    harness.assign({0});
    harness.later_job(0, 2000h);
    harness.job(1);
    harness.job(2);
    harness.source.ends[0] = 10;
    harness.run_until([&] { return harness.are_waiting(1) || harness.hopeless(); });
    harness.loop.store_finished(harness.source, harness.exits());
    const std::string metrics = harness.metrics.text();
    CHECK(metrics.contains("pagepress_records_in_flight 3\n"));
    CHECK(metrics.contains("pagepress_records_lag 8\n"));
    CHECK(metrics.contains("pagepress_oldest_job_seconds 0\n"));
}

TEST_CASE("The oldest job that is not finished tells its age", "[poll_loop]") {
    Harness harness({}, Verdict::kSnooze);
    harness.assign({0});
    for (const std::int64_t offset : {0, 1}) {
        Job job = harness.world.trigger_rule(std::to_string(offset + 1));
        job.accepted_at = harness.clock.now - (offset == 0 ? 1'000 : 60'000);
        // That it came back from a delayed topic does not make it young again.
        harness.record(offset, encode(job), {{"due_at", std::to_string(harness.clock.now)}});
    }
    const UnixMillis began = harness.clock.now;
    harness.run_until([&] { return harness.clock.now - began >= 5'000; });
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.metrics.text().contains("pagepress_oldest_job_seconds 65\n"));
}
