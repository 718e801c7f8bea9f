#include "common/job/batch_status.h"

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

struct Kept {
    std::string site = "acme";
    std::string batch = "done";
    std::string total = "4";
    std::string cancelled = {};
    BatchCounts counts = {};
};

BatchStatus status_of(const Kept& kept) {
    RedisReply reply{.kind = RedisReply::Kind::kArray, .text = {}};
    for (const std::string& text :
         {kept.site, kept.batch, kept.total, kept.cancelled, std::string("a reason")}) {
        reply.items.push_back({.kind = RedisReply::Kind::kText, .text = text});
    }
    const BatchCounts& counts = kept.counts;
    for (const std::int64_t count :
         {counts.queued,
          counts.running,
          counts.done,
          counts.coalesced,
          counts.skipped,
          counts.dead}) {
        reply.items.push_back({.kind = RedisReply::Kind::kText, .text = std::to_string(count)});
    }
    return batch_status_from(reply);
}

}  // namespace

TEST_CASE("A batch is done when all its jobs are at their end, and not before", "[batch_status]") {
    CHECK(status_of({.counts = {.done = 3, .dead = 1}}).state == BatchState::kDone);
    CHECK(status_of({.counts = {.running = 1, .done = 3}}).state == BatchState::kRunning);
    CHECK(status_of({.counts = {.queued = 1, .done = 3}}).state == BatchState::kRunning);
    CHECK(status_of({.batch = "running", .counts = {.done = 4}}).state == BatchState::kRunning);
    CHECK(status_of({.total = "0"}).state == BatchState::kDone);
}

TEST_CASE("A batch of which Redis lost something is unknown", "[batch_status]") {
    CHECK(status_of({.counts = {.done = 3}}).state == BatchState::kUnknown);
    CHECK(status_of({.total = "", .counts = {.done = 4}}).state == BatchState::kUnknown);
    CHECK(status_of({.site = "", .counts = {.done = 4}}).state == BatchState::kUnknown);
    CHECK(status_of({.site = "", .batch = "", .total = ""}).state == BatchState::kUnknown);
    CHECK(
        batch_status_from({.kind = RedisReply::Kind::kNil, .text = {}}).state ==
        BatchState::kUnknown
    );
}

TEST_CASE("A batch that Kafka has and no worker began is queued", "[batch_status]") {
    const auto status = status_of({.batch = "", .total = ""});
    CHECK(status.state == BatchState::kQueued);
    CHECK(status.total == 0);
}

TEST_CASE("A batch that was called off is cancelled, whatever its jobs are at", "[batch_status]") {
    CHECK(status_of({.cancelled = "1", .counts = {.queued = 4}}).state == BatchState::kCancelled);
    CHECK(status_of({.batch = "skipped", .total = ""}).state == BatchState::kCancelled);
    const auto dead = status_of({.batch = "dead", .counts = {.done = 1}});
    CHECK(dead.state == BatchState::kDead);
    CHECK(dead.reason == "a reason");
    CHECK(dead.total == 4);
}

TEST_CASE("A job counts in its batch, a batch in its own hash, a call nowhere", "[batch_status]") {
    Job job;
    job.id = "child";
    CHECK(batch_entry_of(job).key.empty());
    job.parent = "parent";
    CHECK(batch_entry_of(job).key == "pagepress:batch:parent");
    CHECK(batch_entry_of(job).member == "child");
    job.kind = JobKind::kBatch;
    CHECK(batch_entry_of(job).key == "pagepress:batch:child");
    CHECK(batch_entry_of(job).member == "batch");
}
