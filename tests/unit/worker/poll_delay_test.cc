// Jobs that leave the poll loop for a long wait, and those that come back.
#include "tests/support/catch.h"
#include "tests/unit/worker/poll_world.h"
#include "worker/delay/delayed_record.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

Delivery persisted(std::uint64_t ticket) {
    return {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}};
}

}  // namespace

TEST_CASE(
    "A job's offset moves on only after its delayed copy is acknowledged", "[delay][W7][W31]"
) {
    Harness harness({}, Verdict::kRetry);
    harness.long_wait = 25min;
    harness.assign({0});
    harness.job(3);
    harness.run_until([&] { return !harness.sink.letters.empty(); });
    CHECK(harness.source.stored[0] == 3);
    const auto [ticket, copy] = harness.sink.letters.front();
    CHECK(copy.topic == "delayed.10m");
    CHECK(copy.value == harness.values.at(3));
    CHECK(copy.key == route_key(*decode_job(copy.value)));
    CHECK(header_of(copy, "reason") == "no such issue");

    harness.outbox.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kNotPersisted, .reason = "timed out"}
    );
    harness.clock.now += 1000;
    harness.outbox.send_waiting();
    REQUIRE(harness.sink.letters.size() == 2);
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.source.stored[0] == 3);
    harness.outbox.on_delivery(persisted(ticket));
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.source.stored[0] == 4);
    CHECK(harness.metrics.text().contains("pagepress_delayed_copies_total{tier=\"10m\"} 1\n"));
}

TEST_CASE("What its headers tell of a job comes back with it", "[delay]") {
    WaitingJob before;
    before.attempts = 5;
    before.backoff = 42s;
    before.first_failed_at = 1'000;
    before.create_sent_at = 2'000;
    before.traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    const auto headers = copy_headers(before, 77'000, {.code = "unavailable", .text = "away"});
    WaitingJob after;
    CHECK(take_copy_headers(headers, after) == 77'000);
    CHECK(after.attempts == 5);
    CHECK(after.backoff == 42s);
    CHECK(after.first_failed_at == 1'000);
    CHECK(after.create_sent_at == 2'000);
    CHECK(after.may_have_written);

    WaitingJob other;
    CHECK(take_copy_headers({{.name = "attempts", .value = "7"}}, other) == 0);
    CHECK(other.attempts == 0);
    CHECK_FALSE(other.may_have_written);
}

TEST_CASE("A job whose time is far off is delayed before it is pressed", "[delay]") {
    Harness harness({}, Verdict::kDone);
    harness.assign({0});
    harness.later_job(0, 2h);
    harness.job(1);
    harness.run_until([&] {
        return (harness.source.stored.contains(0) && harness.is_idle()) || harness.hopeless();
    });
    REQUIRE(harness.sink.letters.size() == 1);
    const auto& [ticket, copy] = harness.sink.letters.front();
    CHECK(copy.topic == "delayed.1h");
    CHECK(copy.value == harness.values.at(0));
    CHECK(header_of(copy, "attempts") == "0");
    harness.outbox.on_delivery(persisted(ticket));
    harness.loop.store_finished(harness.source, harness.exits());
    CHECK(harness.source.stored[0] == 2);
}

TEST_CASE("A record that comes back is pressed when it is due, and never before", "[delay]") {
    Harness harness({}, Verdict::kDone);
    const UnixMillis due = harness.clock.now + 30'000;
    const SteadyTime accepted_at = harness.clock.steady_now();
    harness.assign({0});
    harness.record(
        0,
        encode(harness.world.trigger_rule("7")),
        {{.name = std::string(kDueHeader), .value = std::to_string(due)},
         {.name = "attempts", .value = "3"}}
    );
    harness.run_until([&] {
        if (harness.pressed_at == 0)
            harness.pool.submit("other", {});  // wakes it: the clock's ours
        return (harness.pressed_at != 0 && harness.is_idle()) || harness.hopeless();
    });
    REQUIRE(harness.pressed.size() == 1);
    CHECK(harness.pressed_at >= due);
    CHECK(harness.pressed.front().due == accepted_at + 30s);
    CHECK(harness.pressed.front().attempts == 3);
    CHECK(harness.pressed.front().may_have_written);
}

TEST_CASE("A copy that Kafka has not taken is not kept for a partition that is gone", "[delay]") {
    Harness harness({}, Verdict::kRetry);
    harness.long_wait = 1h;
    harness.sink.is_full = true;
    harness.assign({0});
    harness.job(3);
    harness.run_until([&] { return harness.outbox.open_count() == 1 || harness.hopeless(); });
    REQUIRE(harness.outbox.open_count() == 1);
    harness.loop.on_revoked({0}, false);
    CHECK(harness.outbox.open_count() == 0);
}

TEST_CASE("A dead letter does not wait behind a copy whose topic is missing", "[delay]") {
    Harness harness({}, Verdict::kRetry);
    harness.long_wait = 100h;
    harness.sink.missing_topic = "delayed.1h";
    harness.assign({0});
    harness.job(3);
    bool is_refused = false;
    harness.run_until([&] {
        if (harness.sink.refusals > 0 && !std::exchange(is_refused, true)) {
            harness.record(4, "no job at all");
        }
        const bool is_tried = harness.outbox.open_count() == 2 && harness.sink.refusals > 0;
        return (is_tried && !harness.sink.letters.empty()) || harness.hopeless();
    });
    CHECK(harness.sink.refusals > 0);
    REQUIRE(harness.sink.letters.size() == 1);
    CHECK(harness.sink.letters.front().second.topic == "dead");
}
