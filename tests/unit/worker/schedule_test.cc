// Offset tracker, keyed scheduler, backoff and pool: the passive parts of a worker.
#include <atomic>
#include <future>

#include "tests/support/catch.h"
#include "worker/consume/offset_tracker.h"
#include "worker/schedule/backoff.h"
#include "worker/schedule/keyed_scheduler.h"
#include "worker/schedule/press_pool.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

constexpr SteadyTime kStart{};

WaitingJob job_at(std::int64_t offset, std::uint64_t epoch = 1) {
    WaitingJob waiting;
    waiting.job.id = std::to_string(offset);
    waiting.position = {.partition = 0, .offset = offset, .epoch = epoch};
    return waiting;
}

std::vector<std::string> ids_of(const Press& press) {
    std::vector<std::string> ids;
    for (const WaitingJob& job : press.jobs) ids.push_back(job.job.id);
    return ids;
}

/// A source of randomness that always gives the same byte.
class ConstantRandom final : public Random {
public:
    explicit ConstantRandom(unsigned char byte) : byte_(byte) {}

    void fill(std::span<unsigned char> bytes) override {
        for (unsigned char& byte : bytes) byte = byte_;
    }

private:
    unsigned char byte_;
};

}  // namespace

TEST_CASE("OffsetTracker commits only the finished prefix", "[offset_tracker][W7]") {
    OffsetTracker tracker;
    CHECK_FALSE(tracker.watermark());
    for (const std::int64_t offset : {10, 11, 15, 16}) REQUIRE(tracker.deliver(offset));
    CHECK(tracker.watermark() == 10);
    tracker.finish(11);
    tracker.finish(16);
    CHECK(tracker.watermark() == 10);
    CHECK(tracker.held() == 4);
    CHECK(tracker.in_work() == 2);
    tracker.finish(10);
    CHECK(tracker.watermark() == 15);
    tracker.finish(15);
    CHECK(tracker.watermark() == 17);
    CHECK(tracker.held() == 0);
    CHECK(tracker.in_work() == 0);
}

TEST_CASE(
    "A record that waits for its time is in work once the time has come", "[offset_tracker]"
) {
    OffsetTracker tracker;
    for (const std::int64_t offset : {1, 2, 3}) {
        REQUIRE(tracker.deliver(offset));
        tracker.postpone(offset, kStart + Millis(100 * offset), 10);
    }
    REQUIRE(tracker.deliver(4));
    CHECK(tracker.in_work() == 1);
    CHECK(tracker.waiting_bytes() == 30);
    tracker.wake(kStart + Millis(100));
    CHECK(tracker.in_work() == 2);
    CHECK(tracker.waiting_bytes() == 20);
    tracker.finish(2);  // taken along before its time
    tracker.finish(2);
    CHECK(tracker.in_work() == 2);
    CHECK(tracker.waiting_bytes() == 10);
    tracker.finish(1);
    tracker.finish(4);
    CHECK(tracker.in_work() == 0);
    CHECK(tracker.watermark() == 3);
    tracker.wake(kStart + Millis(1000));
    CHECK(tracker.in_work() == 1);
    CHECK(tracker.waiting_bytes() == 0);
}

TEST_CASE("OffsetTracker refuses a record that is delivered twice", "[offset_tracker]") {
    OffsetTracker tracker;
    REQUIRE(tracker.deliver(5));
    tracker.finish(5);
    CHECK_FALSE(tracker.deliver(5));
    CHECK_FALSE(tracker.deliver(4));
    CHECK(tracker.watermark() == 6);
}

TEST_CASE("OffsetTracker ignores offsets that are not in flight", "[offset_tracker]") {
    OffsetTracker tracker;
    REQUIRE(tracker.deliver(7));
    tracker.finish(6);
    tracker.finish(8);
    CHECK(tracker.watermark() == 7);
}

TEST_CASE("A ready key gives all its jobs to one press, and no second press", "[scheduler]") {
    KeyedScheduler scheduler;
    scheduler.submit("a", job_at(1));
    scheduler.submit("b", job_at(2));
    scheduler.submit("a", job_at(3));
    const auto first = scheduler.take(kStart);
    REQUIRE(first);
    CHECK(first->key == "a");
    CHECK(ids_of(*first) == std::vector<std::string>{"1", "3"});
    scheduler.submit("a", job_at(4));
    CHECK(scheduler.take(kStart)->key == "b");
    CHECK_FALSE(scheduler.take(kStart));
    scheduler.finish("a", {}, kStart);
    CHECK(ids_of(*scheduler.take(kStart)) == std::vector<std::string>{"4"});
}

TEST_CASE(
    "A trigger that comes while its page is pressed is pressed after that", "[scheduler][W25]"
) {
    KeyedScheduler scheduler;
    scheduler.submit("page", job_at(1));
    auto running = scheduler.take(kStart);
    REQUIRE(running);
    scheduler.submit("page", job_at(2));  // after the running press has read its source
    CHECK(ids_of(*running) == std::vector<std::string>{"1"});
    CHECK_FALSE(scheduler.take(kStart));
    SECTION("one that came to its end") {
        scheduler.finish("page", {}, kStart);
        CHECK(ids_of(*scheduler.take(kStart)) == std::vector<std::string>{"2"});
    }
    SECTION("one that is tried again later") {
        scheduler.finish("page", std::move(running->jobs), kStart + Millis(100));
        CHECK_FALSE(scheduler.take(kStart));
        CHECK(ids_of(*scheduler.take(kStart + Millis(100))) == std::vector<std::string>{"1", "2"});
    }
}

TEST_CASE("A parked key waits and lets other keys pass", "[scheduler]") {
    KeyedScheduler scheduler;
    scheduler.submit("a", job_at(1));
    auto press = scheduler.take(kStart);
    scheduler.finish("a", std::move(press->jobs), kStart + Millis(100));
    scheduler.submit("a", job_at(2));
    scheduler.submit("b", job_at(3));
    CHECK(scheduler.take(kStart + Millis(99))->key == "b");
    CHECK_FALSE(scheduler.take(kStart + Millis(99)));
    CHECK(scheduler.next_wake() == kStart + Millis(100));
    press = scheduler.take(kStart + Millis(100));
    REQUIRE(press);
    CHECK(ids_of(*press) == std::vector<std::string>{"1", "2"});
}

TEST_CASE("Dropped positions leave ready and parked keys, and running ones alone", "[scheduler]") {
    KeyedScheduler scheduler;
    scheduler.submit("running", job_at(1, 1));
    auto running = scheduler.take(kStart);
    scheduler.submit("parked", job_at(2, 1));
    auto parked = scheduler.take(kStart);
    scheduler.finish("parked", std::move(parked->jobs), kStart + Millis(5));
    scheduler.submit("ready", job_at(3, 1));
    scheduler.submit("ready", job_at(4, 2));
    scheduler.submit("running", job_at(5, 1));
    const auto is_old = [](const RecordPosition& position) { return position.epoch == 1; };
    CHECK(scheduler.remove_if(is_old) == 3);
    CHECK(scheduler.waiting_count() == 1);
    CHECK(scheduler.parked_count() == 0);
    CHECK(ids_of(*scheduler.take(kStart + Millis(9))) == std::vector<std::string>{"4"});
    scheduler.finish("running", {}, kStart);
    CHECK_FALSE(scheduler.has_ready(kStart + Millis(9)));
    CHECK(scheduler.running_count() == 1);
}

TEST_CASE("Backoff stays between its base and its cap", "[backoff]") {
    const BackoffLimits limits{.base = Millis(500), .cap = Millis(60'000)};
    ConstantRandom low(0);
    ConstantRandom high(0xFF);
    CHECK(next_backoff(limits, Millis(0), low) == Millis(500));
    Millis wait(0);
    for (int i = 0; i < 20; ++i) {
        const Millis previous = wait;
        wait = next_backoff(limits, wait, high);
        CHECK(wait >= limits.base);
        CHECK(wait <= std::max(limits.base, 3 * previous));
        CHECK(wait <= limits.cap);
    }
}

TEST_CASE("A job of a revoked epoch is not pressed again", "[pool][W11]") {
    const SystemClock clock;
    std::promise<void> began;
    std::promise<void> may_end;
    std::atomic<int> presses = 0;
    const Executor execute = [&](Press press) {
        if (++presses == 1) {
            began.set_value();
            may_end.get_future().wait();
        }
        PressResult result{.key = press.key, .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            JobResult retry;
            retry.job = std::move(job);
            retry.verdict = Verdict::kRetry;
            result.results.push_back(std::move(retry));
        }
        return result;
    };
    PressPool pool({execute}, clock);
    pool.assign(1);
    pool.submit("a", job_at(1, 1));
    began.get_future().wait();
    CHECK_FALSE(pool.revoke({1}, clock.steady_now()));
    may_end.set_value();
    CHECK(pool.revoke({1}, clock.steady_now() + std::chrono::minutes(1)));
    CHECK(pool.load().waiting == 0);
    CHECK(pool.take_finished().positions.empty());
    pool.stop_taking();
    CHECK(presses == 1);
}

TEST_CASE("Finished and dead jobs are handed over apart", "[pool]") {
    const SystemClock clock;
    const Executor execute = [](Press press) {
        PressResult result{.key = press.key, .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            JobResult ended;
            ended.verdict = job.position.offset == 1 ? Verdict::kDead : Verdict::kDone;
            ended.job = std::move(job);
            result.results.push_back(std::move(ended));
        }
        return result;
    };
    PressPool pool({execute}, clock);
    pool.assign(1);
    pool.submit("a", job_at(1));
    pool.submit("b", job_at(2));
    std::size_t dead = 0;
    std::size_t done = 0;
    while (dead + done < 2) {
        const Finished finished = pool.take_finished();
        dead += finished.dead.size();
        done += finished.positions.size();
        std::this_thread::yield();
    }
    CHECK(dead == 1);
    CHECK(done == 1);
}
