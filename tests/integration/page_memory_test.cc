// What workers remember together, on a real Redis: the scripts of begin, renew and end.
#include "common/base/clock.h"
#include "common/redis/redis_connection.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/redis_server.h"
#include "worker/idempotency/redis_gates.h"
#include "worker/idempotency/redis_page_memory.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace pagepress::worker;

namespace {

const std::string kPage = "acme/rule/release/10042";

Job job_of(char letter) {
    Job job;
    job.id = std::string(32, letter);
    job.site = "acme";
    job.rule = "release";
    job.issue = "10042";
    job.accepted_at = 1;
    return job;
}

class Memory {
public:
    Result<Begun> begin(
        const std::string& token,
        const std::vector<Job>& jobs,
        Millis lease = Millis(60'000),
        UnixMillis now = 1
    ) {
        BeginRequest request{
            .page_key = kPage,
            .site = "acme",
            .token = token,
            .lease = lease,
            .now = now,
            .jobs = {},
        };
        for (const Job& job : jobs) request.jobs.push_back(&job);
        return memory.begin(request);
    }

    void end(
        const std::string& token,
        const std::string& open_token,
        std::vector<JobStatus> statuses = {}
    ) {
        PageRecord page;
        page.page_id = "123";
        page.version = 7;
        page.content_hash = "hash";
        page.text_digest = "stored";
        page.sent_text = "sent";
        page.parent = "98400";
        page.has_regions = false;
        page.open_token = open_token;
        REQUIRE(memory.end(
            {.page_key = kPage, .token = token, .page = page, .statuses = std::move(statuses)}
        ));
    }

    static JobStatus status_of(const Job& job, JobState state) {
        JobStatus status;
        status.job = job;
        status.state = state;
        status.attempts = 1;
        return status;
    }

    /// Commands of one connection are answered in order, so this waits for the ones before it.
    void expire_lease() { REQUIRE(redis.call({"DEL", "pagepress:lease:" + kPage})); }

    RedisServer server{{"--maxmemory-policy", "noeviction"}};
    RedisConnection redis{{.address = server.address(), .username = {}, .password = {}}};
    RedisPageMemory memory{redis};
    RedisGates gates{redis};
};

SharedGate closed_gate(GateKind kind, Millis wait, std::string reason = "asked to wait") {
    return {
        .endpoint = Endpoint::kConfluenceWrites,
        .kind = kind,
        .closings = 3,
        .reason = std::move(reason),
        .wait = wait};
}

}  // namespace

TEST_CASE("The status of a batch does not hold the batch", "[page_memory]") {
    Memory memory;
    Job batch = job_of('a');
    batch.kind = JobKind::kBatch;
    batch.batch = Batch{.select = Batch::Select::kIssues, .rule = "release"};
    for (int i = 1; i <= 1000; ++i) batch.batch->issues.push_back("PROJ-" + std::to_string(i));
    const auto kept = [&] {
        const auto reply = memory.redis.call({"HGETALL", job_status_key(batch.id)});
        REQUIRE(reply);
        for (const RedisReply& item : reply->items) CHECK(item.text.size() < 300);
        return job_status_from(*reply);
    };
    REQUIRE(memory.begin("one", {batch}));
    REQUIRE(kept());
    CHECK(kept()->job.kind == JobKind::kBatch);
    memory.end("one", "", {Memory::status_of(batch, JobState::kDone)});
    REQUIRE(kept());
    CHECK(kept()->state == JobState::kDone);
}

TEST_CASE("A lease is held by one press until it ends", "[page_memory]") {
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}));
    const auto second = memory.begin("two", {job_of('b')});
    REQUIRE_FALSE(second);
    CHECK(second.error().code == ErrorCode::kNotYet);
    CHECK(second.error().retry_after > Millis(0));
    memory.end("one", "");
    CHECK(memory.begin("two", {job_of('b')}));
}

TEST_CASE("The lease of a worker that died ends by itself", "[page_memory][W2]") {
    Memory memory;
    REQUIRE(memory.begin("of the dead", {job_of('a')}, Millis(50)));
    std::optional<Begun> begun;
    const auto has_begun = [&] {
        const auto next = memory.begin("of the next", {job_of('a')});
        if (next) begun = *next;
        return next.has_value();
    };
    REQUIRE(eventually(Millis(10'000), has_begun));
    CHECK(begun->page.open_token == "of the dead");
    CHECK(begun->jobs.at(0).attempts == 2);
}

TEST_CASE(
    "A lease lasts by the clock of Redis, whatever workers' clocks say", "[page_memory][W29]"
) {
    constexpr UnixMillis kYear2100 = 4'102'444'800'000;
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}, Millis(60'000), kYear2100));
    CHECK(memory.begin("two", {job_of('b')}, Millis(60'000), 1).error().code == ErrorCode::kNotYet);
    const auto left = memory.redis.call({"PTTL", "pagepress:lease:" + kPage});
    REQUIRE(left);
    CHECK(left->integer > 0);
    CHECK(left->integer <= 60'000);
    CHECK(
        memory.begin("two", {job_of('b')}, Millis(60'000), 2 * kYear2100).error().code ==
        ErrorCode::kNotYet
    );
}

TEST_CASE("What a press leaves is what the next one finds", "[page_memory]") {
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}));
    memory.end("one", "");
    auto begun = memory.begin("two", {job_of('b')});
    REQUIRE(begun);
    CHECK(begun->page.page_id == "123");
    CHECK(begun->page.version == 7);
    CHECK(begun->page.content_hash == "hash");
    CHECK(begun->page.text_digest == "stored");
    CHECK(begun->page.sent_text == "sent");
    CHECK(begun->page.parent == "98400");
    CHECK_FALSE(begun->page.has_regions);
    CHECK(begun->page.open_token.empty());
    memory.expire_lease();
    begun = memory.begin("three", {job_of('c')});
    REQUIRE(begun);
    CHECK(begun->page.open_token == "two");
}

TEST_CASE("A press that lost its lease changes no page record", "[page_memory][W12]") {
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}));
    memory.expire_lease();
    REQUIRE(memory.begin("two", {job_of('b')}));
    memory.end("one", "");
    memory.expire_lease();
    const auto begun = memory.begin("three", {job_of('c')});
    REQUIRE(begun);
    CHECK(begun->page.page_id.empty());
    CHECK(begun->page.open_token == "two");
}

TEST_CASE("An attempt that was counted before the page was known counts once", "[page_memory]") {
    Memory memory;
    const Job job = job_of('a');
    const auto counted = memory.memory.count_attempts({&job}, 1);
    REQUIRE(counted);
    CHECK(counted->at(0).attempts == 1);
    BeginRequest request{
        .page_key = kPage,
        .site = "acme",
        .token = "one",
        .lease = Millis(60'000),
        .now = 1,
        .jobs = {&job},
        .has_counted = true,
    };
    CHECK(memory.memory.begin(request)->jobs.at(0).attempts == 1);
    memory.end("one", "", {Memory::status_of(job, JobState::kDone)});
    CHECK(memory.memory.count_attempts({&job}, 1)->at(0).finished == JobState::kDone);
}

TEST_CASE("The late end of an earlier redrive changes nothing", "[page_memory]") {
    Memory memory;
    const Job job = job_of('a');
    Job again = job;
    again.redrive = 1;
    REQUIRE(memory.begin("one", {job}));
    REQUIRE(memory.memory.count_attempts({&again}, 1));
    memory.end("one", "", {Memory::status_of(job, JobState::kDead)});
    CHECK_FALSE(memory.memory.count_attempts({&again}, 1)->at(0).finished);
    memory.memory.record(Memory::status_of(job, JobState::kDead));
    CHECK_FALSE(memory.memory.count_attempts({&again}, 1)->at(0).finished);
}

TEST_CASE("A shared gate tells all of itself, and how long it stays closed", "[page_memory]") {
    Memory memory;
    const std::string reason = "PUT answered 503:\nbusy (10 %)";
    memory.gates.close("acme", closed_gate(GateKind::kFailing, Millis(60'000), reason));
    const auto begun = memory.begin("one", {job_of('a')});
    REQUIRE(begun);
    REQUIRE(begun->closed);
    CHECK(begun->closed->endpoint == Endpoint::kConfluenceWrites);
    CHECK(begun->closed->kind == GateKind::kFailing);
    CHECK(begun->closed->closings == 3);
    CHECK(begun->closed->reason == reason);
    CHECK(begun->closed->wait > Millis(30'000));
    CHECK(begun->closed->wait <= Millis(60'000));
    // Nothing has begun: no lease is held, no attempt is counted.
    memory.redis.call({"DEL", "pagepress:gate:acme"});
    const auto later = memory.begin("two", {job_of('a')});
    REQUIRE(later);
    CHECK_FALSE(later->closed);
    CHECK(later->jobs.at(0).attempts == 1);
}

TEST_CASE("A lease that expired is taken again, unless another press has it", "[page_memory]") {
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}));
    memory.expire_lease();
    CHECK(memory.memory.renew(kPage, "one", Millis(60'000)));
    CHECK_FALSE(memory.begin("two", {job_of('b')}));
    CHECK(memory.memory.renew(kPage, "two", Millis(60'000)).error().code == ErrorCode::kNotYet);
}

TEST_CASE("Attempts are counted when they begin", "[page_memory][W22]") {
    Memory memory;
    for (int attempt = 1; attempt <= 3; ++attempt) {
        const auto begun = memory.begin("t", {job_of('a')});
        REQUIRE(begun);
        CHECK(begun->jobs.at(0).attempts == attempt);
        CHECK_FALSE(begun->jobs.at(0).finished);
        memory.expire_lease();
    }
}

TEST_CASE("A finished job stays finished, until it is sent again", "[page_memory][W6]") {
    Memory memory;
    Job job = job_of('a');
    REQUIRE(memory.begin("one", {job}));
    memory.end("one", "", {Memory::status_of(job, JobState::kDone)});
    auto begun = memory.begin("two", {job});
    REQUIRE(begun);
    CHECK(begun->jobs.at(0).finished == JobState::kDone);
    memory.end("two", "", {Memory::status_of(job, JobState::kRunning)});
    memory.memory.record(Memory::status_of(job, JobState::kDead));
    begun = memory.begin("three", {job});
    REQUIRE(begun);
    CHECK(begun->jobs.at(0).finished == JobState::kDone);
    memory.end("three", "");
    job.redrive = 1;
    begun = memory.begin("four", {job});
    REQUIRE(begun);
    CHECK_FALSE(begun->jobs.at(0).finished);
    CHECK(begun->jobs.at(0).attempts == 1);
}

TEST_CASE("A record from before a job was sent again is at its end", "[page_memory]") {
    Memory memory;
    Job job = job_of('a');
    job.redrive = 1;
    REQUIRE(memory.begin("one", {job}));
    memory.end("one", "");
    Job early = job;
    early.redrive = 0;
    const auto begun = memory.begin("two", {early, job});
    REQUIRE(begun);
    CHECK(begun->jobs.at(0).finished == JobState::kDead);
    CHECK_FALSE(begun->jobs.at(1).finished);
    CHECK(begun->jobs.at(1).attempts == 2);
}

TEST_CASE(
    "A closed gate is never shortened, nor opened by who does not know of it", "[page_memory]"
) {
    Memory memory;
    memory.gates.close("acme", closed_gate(GateKind::kAsked, Millis(60'000)));
    memory.gates.close("acme", closed_gate(GateKind::kAsked, Millis(5), "asked to wait less"));
    memory.gates.open("acme", Endpoint::kConfluenceWrites);
    const auto begun = memory.begin("one", {job_of('a')});
    REQUIRE((begun && begun->closed));
    CHECK(begun->closed->wait > Millis(1000));
    CHECK(begun->closed->reason == "asked to wait");
}

TEST_CASE("Of all workers one press is the probe of a failing site", "[page_memory]") {
    Memory memory;
    memory.gates.close("acme", closed_gate(GateKind::kFailing, Millis(1)));
    const auto is_probe = [&] { return memory.begin("one", {job_of('a')})->probes.size() == 1; };
    REQUIRE(eventually(Millis(10'000), is_probe));
    memory.end("one", "");
    const auto other = memory.begin("two", {job_of('b')});
    REQUIRE((other && other->closed));
    CHECK(other->closed->kind == GateKind::kFailing);
    CHECK(other->closed->wait <= Millis(500));
    SECTION("until it succeeds") {
        memory.gates.open("acme", Endpoint::kConfluenceWrites);
        const auto begun = memory.begin("two", {job_of('b')});
        REQUIRE(begun);
        CHECK_FALSE(begun->closed);
        CHECK(begun->probes.empty());
    }
    SECTION("until it fails, and the gate is closed for longer") {
        memory.gates.close("acme", closed_gate(GateKind::kFailing, Millis(60'000)));
        CHECK(memory.begin("two", {job_of('b')})->closed->wait > Millis(1000));
    }
}

TEST_CASE("A gate that was asked for opens by itself", "[page_memory]") {
    Memory memory;
    memory.gates.close("acme", closed_gate(GateKind::kAsked, Millis(1)));
    const auto has_begun = [&] { return !memory.begin("one", {job_of('a')})->closed; };
    REQUIRE(eventually(Millis(10'000), has_begun));
    CHECK(memory.begin("two", {job_of('b')}).error().code == ErrorCode::kNotYet);
}

TEST_CASE("The scripts are loaded again after Redis has lost them", "[page_memory]") {
    Memory memory;
    REQUIRE(memory.begin("one", {job_of('a')}));
    REQUIRE(memory.redis.call({"SCRIPT", "FLUSH"}));
    memory.server.flush_all();
    CHECK(memory.begin("two", {job_of('a')}));
}

TEST_CASE("Issue ids are remembered whatever the case of the key, and forgotten", "[page_memory]") {
    Memory memory;
    memory.memory.remember_issue_id("acme", "PROJ-42", "10042");
    CHECK(memory.memory.issue_id("acme", "proj-42") == "10042");
    CHECK_FALSE(memory.memory.issue_id("other", "PROJ-42"));
    memory.memory.forget_issue_id("acme", "Proj-42");
    CHECK_FALSE(memory.memory.issue_id("acme", "PROJ-42"));
}

TEST_CASE("A Redis that may drop keys is refused", "[page_memory][W17]") {
    RedisServer server({"--maxmemory-policy", "allkeys-lru"});
    RedisConnection redis({.address = server.address(), .username = {}, .password = {}});
    const auto checked = check_redis_policy(redis);
    REQUIRE_FALSE(checked);
    CHECK(checked.error().code == ErrorCode::kInvalidInput);
    CHECK(checked.error().message.contains("noeviction"));
}
