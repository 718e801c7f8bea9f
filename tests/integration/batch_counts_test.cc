// The counts of a batch on a real Redis: whatever is repeated, each job counts once.
#include <chrono>

#include "common/job/batch_status.h"
#include "common/redis/redis_connection.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "worker/idempotency/redis_batch_memory.h"
#include "worker/idempotency/redis_page_memory.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace pagepress::worker;

namespace {

const std::string kBatch(32, 'b');

Job child(int number) {
    Job job;
    job.site = "acme";
    job.rule = "release";
    job.issue = std::to_string(number);
    job.parent = kBatch;
    job.id = child_job_id(kBatch, route_key(job));
    job.accepted_at = 1;
    return job;
}

Job parent() {
    Job job;
    job.id = kBatch;
    job.kind = JobKind::kBatch;
    job.site = "acme";
    job.batch = Batch{.select = Batch::Select::kSite};
    job.accepted_at = 1;
    return job;
}

class Counts {
public:
    Result<Begun> begin(const Job& job) {
        return memory.begin({
            .page_key = "page of " + job.id,
            .site = "acme",
            .token = "token",
            .lease = Millis(60'000),
            .now = 1,
            .jobs = {&job},
        });
    }

    void end(const Job& job, JobState state) {
        JobStatus status;
        status.job = job;
        status.state = state;
        status.reason = "why";
        REQUIRE(memory.end(
            {.page_key = "page of " + job.id, .token = "token", .page = {}, .statuses = {status}}
        ));
    }

    void press(const Job& job, JobState state) {
        REQUIRE(begin(job));
        end(job, state);
    }

    BatchStatus status() {
        const auto reply = redis.call(read_batch_command(kBatch));
        REQUIRE(reply);
        return batch_status_from(*reply);
    }

    BatchCancel cancel(const std::string& site = {}) {
        const auto reply = redis.call(cancel_batch_command(kBatch, site));
        REQUIRE(reply);
        return batch_cancel_from(*reply);
    }

    /// The batch's hash with these members alone.
    void set(const std::vector<std::string>& members) {
        REQUIRE(redis.call({"DEL", batch_status_key(kBatch)}));
        RedisCommand command{"HSET", batch_status_key(kBatch)};
        command.insert(command.end(), members.begin(), members.end());
        REQUIRE(redis.call(command));
    }

    RedisServer server{{"--maxmemory-policy", "noeviction"}};
    RedisConnection redis{
        {.address = server.address(), .username = {}, .password = {}, .timeout = Millis(20'000)}};
    RedisPageMemory memory{redis};
    RedisBatchMemory batches{redis};
};

}  // namespace

TEST_CASE("A batch goes from queued to done with its jobs", "[batch_counts]") {
    Counts counts;
    CHECK(counts.status().state == BatchState::kUnknown);
    REQUIRE(counts.redis.call(note_batch_command(kBatch, "acme")));
    CHECK(counts.status().state == BatchState::kQueued);
    REQUIRE(counts.begin(parent()));
    CHECK(counts.status().state == BatchState::kRunning);
    counts.batches.note_total(kBatch, 3);
    counts.press(child(1), JobState::kDone);  // before it was noted as queued
    counts.batches.note_queued(kBatch, {child(1).id, child(2).id, child(3).id});
    counts.end(parent(), JobState::kDone);
    CHECK(counts.status().counts == BatchCounts{.queued = 2, .done = 1});
    CHECK(counts.status().state == BatchState::kRunning);
    REQUIRE(counts.begin(child(2)));
    CHECK(counts.status().counts == BatchCounts{.queued = 1, .running = 1, .done = 1});
    counts.end(child(2), JobState::kCoalesced);
    counts.press(child(3), JobState::kSkipped);
    CHECK(counts.status().state == BatchState::kDone);
    CHECK(counts.status().total == 3);
    CHECK(counts.status().counts == BatchCounts{.done = 1, .coalesced = 1, .skipped = 1});
}

TEST_CASE("What is repeated counts once", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.begin(parent()));
    counts.batches.note_total(kBatch, 1);
    for (int i = 0; i < 3; ++i) {
        counts.batches.note_queued(kBatch, {child(1).id});
        const auto begun = counts.begin(child(1));
        REQUIRE(begun);
        CHECK(begun->jobs[0].finished.has_value() == (i > 0));
        counts.end(child(1), JobState::kDone);
    }
    counts.end(parent(), JobState::kDone);
    CHECK(counts.status().counts == BatchCounts{.done = 1});
    CHECK(counts.status().state == BatchState::kDone);
}

TEST_CASE("A dead letter's end counts, and its redrive takes it back", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.begin(parent()));
    REQUIRE(counts.begin(child(1)));
    JobStatus dead;
    dead.job = child(1);
    dead.state = JobState::kDead;
    counts.memory.record(dead);
    CHECK(counts.status().counts == BatchCounts{.dead = 1});
    counts.end(child(1), JobState::kRunning);
    CHECK(counts.status().counts == BatchCounts{.dead = 1});
    Job again = child(1);
    again.redrive = 1;
    counts.press(again, JobState::kDone);
    CHECK(counts.status().counts == BatchCounts{.done = 1});
}

TEST_CASE("A batch that is given up is dead, with its reason", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.begin(parent()));
    JobStatus dead;
    dead.job = parent();
    dead.state = JobState::kDead;
    dead.reason = "the JQL is wrong";
    counts.memory.record(dead);
    CHECK(counts.status().state == BatchState::kDead);
    CHECK(counts.status().reason == "the JQL is wrong");
}

TEST_CASE("Jobs that are not begun when a batch is cancelled never are", "[batch_counts]") {
    Counts counts;
    CHECK_FALSE(counts.cancel().is_marked);
    REQUIRE(counts.begin(parent()));
    counts.end(parent(), JobState::kDone);
    REQUIRE(counts.begin(child(1)));
    CHECK_FALSE(counts.batches.is_cancelled(kBatch));
    CHECK(counts.cancel().is_marked);
    CHECK(counts.batches.is_cancelled(kBatch));
    CHECK(counts.status().state == BatchState::kCancelled);
    CHECK(counts.begin(child(2))->jobs[0].is_cancelled);
    counts.end(child(1), JobState::kRunning);  // waits for another attempt
    CHECK_FALSE(counts.begin(child(1))->jobs[0].is_cancelled);
}

TEST_CASE("A batch that is cancelled before it is begun is not begun", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.redis.call(note_batch_command(kBatch, "acme")));
    REQUIRE(counts.cancel().is_marked);
    const auto begun = counts.begin(parent());
    REQUIRE(begun);
    CHECK(begun->jobs[0].is_cancelled);
}

TEST_CASE("A batch is called off by its site alone", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.redis.call(note_batch_command(kBatch, "acme")));
    const auto of_other = counts.cancel("other");
    CHECK_FALSE(of_other.is_marked);
    CHECK(of_other.before.site == "acme");
    CHECK(counts.status().state == BatchState::kQueued);
    CHECK(counts.cancel("acme").is_marked);
    const auto again = counts.cancel("acme");
    CHECK_FALSE(again.is_marked);
    CHECK(again.before.state == BatchState::kCancelled);
    const auto life = counts.redis.call({"PTTL", batch_status_key(kBatch)});
    CHECK(life->integer > 7 * 24 * 3600 * 1000LL - 60'000);
}

TEST_CASE("A batch is called off if, and only if, it is not at its end", "[batch_counts]") {
    Counts counts;
    for (const std::vector<std::string>& members : std::vector<std::vector<std::string>>{
             {"site", "acme"},
             {"site", "acme", "batch", "running", "total", "2", "#done", "2"},
             {"site", "acme", "batch", "running"},
             {"site", "acme", "batch", "done", "total", "2", "#done", "2"},
             {"site", "acme", "batch", "done", "total", "2", "#done", "3"},
             {"site", "acme", "batch", "done", "total", "0"},
             {"site", "acme", "batch", "done", "#done", "2"},
             {"site", "acme", "batch", "done", "total", "2", "#done", "1"},
             {"site", "acme", "batch", "done", "total", "2", "#done", "1", "#queued", "1"},
             {"site", "acme", "batch", "done", "total", "2", "#done", "1", "#running", "1"},
             {"site", "acme", "batch", "done", "total", "1", "#done", "1", "#running", "1"},
             {"site",
              "acme",
              "batch",
              "done",
              "total",
              "3",
              "#coalesced",
              "1",
              "#skipped",
              "1",
              "#dead",
              "1",
              "#queued",
              "0"},
             {"site", "acme", "batch", "skipped"},
             {"site", "acme", "batch", "dead", "total", "2", "#done", "1"},
             {"site", "acme", "cancelled", "1", "total", "2", "#queued", "2"},
         }) {
        CAPTURE(members);
        counts.set(members);
        const BatchStatus before = counts.status();
        const BatchCancel cancel = counts.cancel();
        CHECK(cancel.is_marked != is_terminal(before.state));
        CHECK(cancel.before.state == before.state);
        CHECK(cancel.before.counts == before.counts);
        CHECK(is_terminal(counts.status().state));
        CHECK(
            (counts.status().state == BatchState::kCancelled) ==
            (cancel.is_marked || before.state == BatchState::kCancelled)
        );
    }
    counts.set({"total", "2", "#queued", "2"});
    CHECK_FALSE(counts.cancel().is_marked);
}

TEST_CASE("A batch of which something was lost is unknown", "[batch_counts]") {
    Counts counts;
    REQUIRE(counts.begin(parent()));
    counts.batches.note_total(kBatch, 2);
    counts.press(child(1), JobState::kDone);
    REQUIRE(counts.redis.call({"FLUSHALL"}));
    counts.press(child(2), JobState::kDone);
    counts.end(parent(), JobState::kDone);
    CHECK(counts.status().state == BatchState::kUnknown);
}

TEST_CASE("A batch of ten thousand jobs is read like one of three", "[batch_counts]") {
    constexpr int kJobs = 10'000;
    constexpr int kReads = 50;
    Counts counts;
    REQUIRE(counts.begin(parent()));
    counts.batches.note_total(kBatch, kJobs);
    std::vector<std::string> ids;
    for (int i = 0; i < kJobs; ++i) ids.push_back(child(i).id);
    for (int i = 0; i < kJobs; i += 500) {
        counts.batches.note_queued(kBatch, {ids.begin() + i, ids.begin() + i + 500});
    }
    CHECK(counts.status().counts == BatchCounts{.queued = kJobs});
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kReads; ++i) (void)counts.status();
    const std::chrono::duration<double, std::milli> time = std::chrono::steady_clock::now() - begin;
    WARN("one read of 10 000 jobs takes " << time.count() / kReads << " ms");
}
