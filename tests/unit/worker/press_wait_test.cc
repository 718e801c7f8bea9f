// What becomes of a press' jobs that must be tried again: in memory, on a delayed topic, or no
// more.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

PressResult press_after(World& world, const Error& error, const Job& job) {
    world.jira.next_error = error;
    return world.press({job});
}

Error rate_limited(Millis wait) {
    return {.code = ErrorCode::kRateLimited, .message = "slow down", .retry_after = wait};
}

}  // namespace

TEST_CASE("A wait of up to half a minute is spent in memory, a longer one is not", "[press][W31]") {
    World world;
    const auto brief = press_after(world, rate_limited(30s), world.trigger_rule("10042"));
    CHECK(brief.results[0].verdict == Verdict::kSnooze);
    CHECK_FALSE(brief.results[0].due_at.has_value());
    world.clock.now += 31'000;
    const auto lengthy = press_after(world, rate_limited(31s), world.trigger_rule("10042"));
    CHECK(lengthy.results[0].verdict == Verdict::kSnooze);
    CHECK(lengthy.results[0].due_at == world.clock.now + 31'000);
    // A closed gate is found by whoever comes next.
    const auto next = world.press({world.trigger_rule("10042")});
    CHECK(next.results[0].due_at == world.clock.now + 31'000);
    const JobStatus status = world.memory.jobs.at(next.results[0].job.job.id);
    CHECK(status.state == JobState::kRunning);
    CHECK(status.reason.contains("slow down"));
}

TEST_CASE("Who has waited in vain for long waits longer, half an hour at most", "[press]") {
    World world;
    auto result = press_after(world, rate_limited(40s), world.trigger_rule("10042"));
    world.clock.now += 3'600'000;
    world.jira.next_error = rate_limited(40s);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].due_at == world.clock.now + 900'000);
    world.clock.now += 86'400'000;
    world.jira.next_error = rate_limited(40s);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].due_at == world.clock.now + 1'800'000);
}

TEST_CASE("A redriven job inherits no attempts from its former life", "[press]") {
    WaitingJob redriven;
    redriven.job.redrive = 1;
    WaitingJob former;
    former.attempts = 11;
    former.backoff = Millis(60'000);
    former.first_failed_at = 1;
    former.may_have_written = true;
    share_history(redriven, former);
    CHECK(redriven.attempts == 0);
    CHECK(redriven.backoff == Millis(0));
    CHECK(redriven.first_failed_at == 0);
    CHECK(redriven.may_have_written);
}

TEST_CASE("A snooze burns no attempt, and the larger count of attempts holds", "[press]") {
    World world;
    WaitingJob job;
    job.job = world.trigger_rule("10042");
    job.attempts = 5;  // as its copy told, while Redis has lost it
    world.jira.next_error = rate_limited(1h);
    auto result = world.press_waiting({job});
    CHECK(result.results[0].job.attempts == 5);
    CHECK(result.results[0].job.first_failed_at == world.clock.now);
    world.clock.now += 3'600'000;
    world.jira.next_error = Error{.code = ErrorCode::kCorrupt, .message = "half an answer"};
    result = world.press_waiting({result.results[0].job});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    CHECK(result.results[0].job.attempts == 6);
    CHECK(result.results[0].status.attempts == 6);

    world.memory.jobs[job.job.id].attempts = 9;
    world.jira.next_error = Error{.code = ErrorCode::kCorrupt, .message = "half an answer"};
    result = world.press_waiting({result.results[0].job});
    CHECK(result.results[0].job.attempts == 10);
}

TEST_CASE("A job that is too old is given up, with its last error", "[press]") {
    World world;
    const Job job = world.trigger_rule("10042");
    world.clock.now += world.limits.age_max.count();
    CHECK(press_after(world, rate_limited(1s), job).results[0].verdict == Verdict::kSnooze);
    world.clock.now += 1'001;
    const auto result = press_after(world, rate_limited(1s), job);
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].code == ErrorCode::kRateLimited);
    CHECK(result.results[0].status.reason == "not done within 604800 s: slow down");
}

TEST_CASE("The age begins with the job's time, and anew when it is sent again", "[press]") {
    World world;
    Job later = world.trigger_rule("10042");
    Job redriven = world.trigger_rule("10042");
    redriven.redrive = 1;
    world.clock.now += world.limits.age_max.count() + 1'000;
    later.not_before = world.clock.now - 1'000;
    CHECK(press_after(world, rate_limited(1s), later).results[0].verdict == Verdict::kSnooze);
    world.clock.now += 2'000;
    auto result = press_after(world, rate_limited(1s), redriven);
    REQUIRE(result.results[0].verdict == Verdict::kSnooze);
    world.clock.now += world.limits.age_max.count() + 1;
    world.jira.next_error = rate_limited(1s);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDead);
}

TEST_CASE("An old job is pressed all the same: its age counts only if it fails", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    world.clock.now += 2 * world.limits.age_max.count();
    CHECK(world.press({job}).results[0].verdict == Verdict::kDone);
}

TEST_CASE("Of several records of one job that has to wait one comes again", "[press]") {
    World world;
    WaitingJob first;
    first.job = world.trigger_rule("10042");
    first.position = {.partition = 1, .offset = 7, .epoch = 1};
    WaitingJob second = first;
    second.position.offset = 8;
    WaitingJob again = second;
    again.position.offset = 9;
    again.job.redrive = 1;
    world.jira.next_error = rate_limited(1h);
    const auto result = world.press_waiting({first, second, again});
    REQUIRE(result.results.size() == 3);
    // The one that decides stays; a record that was sent again stands for those from before.
    CHECK(result.results[2].verdict == Verdict::kSnooze);
    CHECK(result.results[2].due_at.has_value());
    CHECK(result.results[2].job.attempts == 0);
    CHECK(result.results[2].job.position == again.position);
    for (const std::size_t repeat : {0UL, 1UL}) {
        CHECK(result.results[repeat].verdict == Verdict::kFinished);
        CHECK_FALSE(result.results[repeat].due_at.has_value());
    }
    CHECK(result.results[0].job.position == first.position);
    CHECK(result.results[1].job.position == second.position);
}
