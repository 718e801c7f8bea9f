// A batch: which jobs it becomes, with which ids and times, and when it is done.
#include <atomic>
#include <set>
#include <thread>

#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/unit/worker/world.h"
#include "worker/batch/expand.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

using Ids = std::set<std::string>;

Job batch_of(World& world, Batch batch) {
    Job job = world.trigger_rule();
    job.kind = JobKind::kBatch;
    job.rule.clear();
    job.issue.clear();
    job.catalog_offset = 3;
    job.batch = std::move(batch);
    return job;
}

Job issues_batch(World& world, int count, std::chrono::milliseconds spread = 0ms) {
    Batch batch{.select = Batch::Select::kIssues, .rule = "release", .spread = spread};
    for (int i = 1; i <= count; ++i) batch.issues.push_back("PROJ-" + std::to_string(i));
    return batch_of(world, std::move(batch));
}

std::vector<Job> children_of(World& world, const Job& batch) {
    auto jobs = select_jobs(
        batch, {.catalog = world.catalog, .jira = world.jira, .confluence = world.confluence}
    );
    REQUIRE(jobs);
    return as_children(batch, *std::move(jobs), world.catalog.position());
}

Ids ids_of(const std::vector<Job>& jobs) {
    Ids ids;
    for (const Job& job : jobs) ids.insert(job.id);
    return ids;
}

std::set<std::string> snapshots_of(const std::vector<Job>& jobs) {
    std::set<std::string> snapshots;
    for (const Job& job : jobs) snapshots.insert(job.snapshot);
    return snapshots;
}

void add_snapshot(
    World& world, const std::string& id, const std::string& page, const std::string& more = {}
) {
    world.catalog.apply(
        "snapshot/" + id,
        R"({"site":"acme",)" + more + R"("page":")" + page +
            R"(","levels":[{"jql":"a = b","columns":["key"]}]})",
        world.catalog.position()
    );
}

JobResult only(PressResult result) {
    REQUIRE(result.results.size() == 1);
    return std::move(result.results.front());
}

}  // namespace

TEST_CASE("A job of a batch has an id that its place in the list does not change", "[batch]") {
    World world;
    Job batch = issues_batch(world, 5);
    const auto first = children_of(world, batch);
    std::reverse(batch.batch->issues.begin(), batch.batch->issues.end());
    batch.batch->issues.push_back("proj-1");
    batch.batch->issues.push_back("PROJ-9");
    const auto second = children_of(world, batch);
    CHECK(first.size() == 5);
    CHECK(second.size() == 6);
    const Ids later = ids_of(second);
    for (const std::string& id : ids_of(first)) CHECK(later.contains(id));
    Job other = batch;
    other.id = std::string(32, 'f');
    for (const Job& job : children_of(world, other)) CHECK_FALSE(later.contains(job.id));
}

TEST_CASE("A job of a batch is as if it was accepted with the batch", "[batch]") {
    World world;
    const Job batch = issues_batch(world, 1);
    const Job child = children_of(world, batch).at(0);
    CHECK(child.kind == JobKind::kRule);
    CHECK(child.parent == batch.id);
    CHECK(child.id == child_job_id(batch.id, "acme/rule/release/PROJ-1"));
    CHECK(child.accepted_at == batch.accepted_at);
    CHECK(child.catalog_offset == world.catalog.position());
    CHECK(child.not_before == 0);
    CHECK(decode_job(encode(child)).value() == child);
}

TEST_CASE("The pages of a batch become due evenly over its spread", "[batch]") {
    World world;
    const Job batch = issues_batch(world, 6, 60min);
    const auto children = children_of(world, batch);
    REQUIRE(children.size() == 6);
    CHECK(children[0].not_before == 0);
    for (int i = 1; i < 6; ++i) {
        CHECK(children[static_cast<std::size_t>(i)].not_before == batch.accepted_at + i * 600'000);
    }
    CHECK(children_of(world, batch) == children);
}

TEST_CASE("The snapshots of one page become due together", "[batch]") {
    World world;
    const std::string other = world.confluence.add_page("Other", "<p>x</p>");
    add_snapshot(world, "second", world.snapshot_page);
    add_snapshot(world, "third", other);
    const Job batch = batch_of(world, {.select = Batch::Select::kSite, .spread = 10min});
    std::map<std::string, std::set<UnixMillis>> times;
    for (const Job& job : children_of(world, batch)) times[job.page_id].insert(job.not_before);
    CHECK(times.at(world.snapshot_page).size() == 1);
    CHECK(times.at(other) != times.at(world.snapshot_page));
}

TEST_CASE("Snapshots are selected by list, page, space and site", "[batch]") {
    World world;
    const std::string other = world.confluence.add_page("Other", "<p>x</p>");
    world.confluence.pages.at(other).space_id = "77";
    add_snapshot(world, "off", world.snapshot_page, R"("enabled":false,)");
    add_snapshot(world, "elsewhere", other);
    using Names = std::set<std::string>;
    const auto selected = [&](Batch batch) {
        return snapshots_of(children_of(world, batch_of(world, std::move(batch))));
    };
    CHECK(
        selected({.select = Batch::Select::kSnapshots, .snapshots = {"weekly", "off", "gone"}}) ==
        Names{"weekly", "off"}
    );
    CHECK(selected({.select = Batch::Select::kSite}) == Names{"weekly", "elsewhere"});
    CHECK(selected({.select = Batch::Select::kSpace, .space = "DOC"}) == Names{"weekly"});
    const auto page = children_of(
        world, batch_of(world, {.select = Batch::Select::kPage, .page_id = world.snapshot_page})
    );
    REQUIRE(page.size() == 1);
    CHECK(page[0].kind == JobKind::kPage);
    CHECK(page[0].page_id == world.snapshot_page);
}

TEST_CASE("A batch is done when Kafka has every job of it", "[batch][W23]") {
    World world;
    const Job batch = issues_batch(world, 1200);
    const auto result = only(world.press({batch}));
    CHECK(result.verdict == Verdict::kDone);
    CHECK(result.status.reason == "1200 jobs were put on the queue");
    CHECK(world.written.jobs.size() == 1200);
    CHECK(world.written.writes == 3);
    CHECK(world.batches.total == 1200);
    CHECK(
        Ids(world.batches.queued.begin(), world.batches.queued.end()) == ids_of(world.written.jobs)
    );
    CHECK(world.memory.leases.empty());
}

TEST_CASE("The jobs of a batch carry its trace", "[batch]") {
    World world;
    WaitingJob waiting;
    waiting.job = issues_batch(world, 2);
    waiting.traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    world.press_waiting({waiting});
    CHECK(world.written.traceparent == waiting.traceparent);
}

TEST_CASE("A batch whose jobs Kafka did not acknowledge is put there again", "[batch][W23]") {
    World world;
    const Job batch = issues_batch(world, 1200);
    world.written.fails_at_write = 2;
    auto result = world.press({batch});
    CHECK(result.results.at(0).verdict == Verdict::kSnooze);
    CHECK(world.batches.queued.size() == 500);
    world.written.fails_at_write = 0;
    CHECK(only(world.press_again(std::move(result))).verdict == Verdict::kDone);
    CHECK(world.written.jobs.size() == 1000 + 1200);
    CHECK(ids_of(world.written.jobs).size() == 1200);
}

TEST_CASE("A batch waits for Kafka for as long as it is away, and spends no attempt", "[batch]") {
    World world;
    world.limits.attempts_max = 3;
    world.written.is_away = true;
    auto result = world.press({issues_batch(world, 20)});
    for (int i = 0; i < 50; ++i) {
        REQUIRE(result.results.at(0).verdict == Verdict::kSnooze);
        CHECK(result.results.at(0).status.attempts == 0);
        CHECK(result.not_before > world.clock.steady_now());
        result = world.press_again(std::move(result));
    }
    world.written.is_away = false;
    const auto end = only(world.press_again(std::move(result)));
    CHECK(end.verdict == Verdict::kDone);
    CHECK(end.status.attempts == 1);
    CHECK(world.written.jobs.size() == 20);
}

TEST_CASE("A batch of another catalog leaves its jobs the position of this one", "[batch]") {
    World world;
    Job batch = issues_batch(world, 1);
    batch.catalog_offset = world.catalog.position() + 100;
    CHECK(children_of(world, batch).at(0).catalog_offset == world.catalog.position());
}

TEST_CASE("A batch whose worker died is put on Kafka again, with the same ids", "[batch][W23]") {
    World world;
    const Job batch = issues_batch(world, 20);
    world.press_without_end(batch);
    const Ids before = ids_of(world.written.jobs);
    CHECK(only(world.press_redelivered(batch)).verdict == Verdict::kDone);
    CHECK(ids_of(world.written.jobs) == before);
    CHECK(only(world.press_redelivered(batch)).verdict == Verdict::kFinished);
    CHECK(world.written.jobs.size() == 40);
}

TEST_CASE("A batch that is cancelled stops between two parts", "[batch]") {
    World world;
    world.batches.cancelled_after = 2;
    const auto result = only(world.press({issues_batch(world, 1600)}));
    CHECK(result.verdict == Verdict::kSkipped);
    CHECK(result.status.reason == "the batch was cancelled");
    CHECK(world.written.jobs.size() == 1000);
}

TEST_CASE("A job whose batch was cancelled before it began is skipped", "[batch]") {
    World world;
    Job child = world.trigger_rule();
    child.parent = std::string(32, 'b');
    const Job call = world.trigger_rule();
    world.memory.cancelled_batches.insert(child.parent);
    const auto result = world.press({child, call});
    CHECK(result.results.at(0).verdict == Verdict::kSkipped);
    CHECK(result.results.at(0).status.reason == "its batch was cancelled");
    CHECK(result.results.at(1).verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(child.id) == 0);
}

TEST_CASE("A job of a batch is counted by its end, and its repeat is not", "[batch]") {
    World world;
    Job child = world.trigger_rule();
    child.parent = std::string(32, 'b');
    world.press({child, child});
    CHECK(world.metrics.text().contains("pagepress_batch_jobs_ended_total{state=\"done\"} 1\n"));
}

TEST_CASE("The search of a batch gives numeric ids, and its mistakes end the batch", "[batch]") {
    World world;
    const auto by_jql = [&](const std::string& jql) {
        return batch_of(world, {.select = Batch::Select::kJql, .rule = "release", .jql = jql});
    };
    CHECK(only(world.press({by_jql("project = PROJ")})).verdict == Verdict::kDone);
    REQUIRE(world.written.jobs.size() == 1);
    CHECK(world.written.jobs[0].issue == "10042");
    world.jira.refused_jql = "proj =";
    CHECK(only(world.press({by_jql("proj =")})).verdict == Verdict::kDead);
    world.limits.batch_issues_max = 0;
    CHECK(only(world.press({by_jql("project = PROJ")})).verdict == Verdict::kDead);
    world.limits.batch_issues_max = 10;
    world.jira.knows_us = false;
    CHECK(only(world.press({by_jql("project = PROJ")})).verdict == Verdict::kSnooze);
    CHECK(world.written.jobs.size() == 1);
}

TEST_CASE("A batch of a rule that was switched off since is skipped", "[batch]") {
    World world;
    world.put_rule("");
    const auto result = only(world.press({issues_batch(world, 3)}));
    CHECK(result.verdict == Verdict::kSkipped);
    CHECK(result.status.reason.contains("release"));
    CHECK(world.written.jobs.empty());
}

TEST_CASE("A batch of a site that was switched off since is skipped", "[batch]") {
    World world;
    const Job batch = issues_batch(world, 3);
    world.switch_site_off();
    const auto result = only(world.press({batch}));
    CHECK(result.verdict == Verdict::kSkipped);
    CHECK(world.written.jobs.empty());
}

TEST_CASE("A site that does not answer stops only its own batches", "[batch]") {
    World world;
    world.catalog.apply(
        "site/other",
        R"({"jira_url":"https://other.test","confluence_url":"https://other.test/wiki",)"
        R"("auth":"basic","secret_file":"/run/secrets/other"})",
        world.catalog.position()
    );
    world.catalog.apply(
        "rule/others",
        R"({"site":"other","page":{"space":"DOC","title":"t","body":"b"}})",
        world.catalog.position()
    );
    const Job slow =
        batch_of(world, {.select = Batch::Select::kJql, .rule = "release", .jql = "project = P"});
    Job of_other =
        batch_of(world, {.select = Batch::Select::kIssues, .rule = "others", .issues = {"O-1"}});
    of_other.site = "other";
    const Job second = issues_batch(world, 3);
    Verdict other_verdict{};
    Verdict second_verdict{};
    world.jira.during_search = [&] {
        other_verdict = only(world.press({of_other})).verdict;
        second_verdict = only(world.press({second})).verdict;
    };
    CHECK(only(world.press({slow})).verdict == Verdict::kDone);
    CHECK(other_verdict == Verdict::kDone);
    CHECK(second_verdict == Verdict::kSnooze);
    REQUIRE(world.written.jobs.size() == 2);
    CHECK(world.written.jobs[0].site == "other");
    CHECK(only(world.press({second})).verdict == Verdict::kDone);
}

TEST_CASE("Batches hold no more executors than they may", "[batch]") {
    World world;
    world.limits.batches_at_once = 2;
    const auto first = world.leases.acquire("batch#0");
    {
        const auto second = world.leases.acquire("batch#1");
        CHECK(only(world.press({issues_batch(world, 3)})).verdict == Verdict::kSnooze);
    }
    CHECK(only(world.press({issues_batch(world, 3)})).verdict == Verdict::kDone);
}

TEST_CASE("While Kafka takes no jobs, one batch tries and no other one asks Jira", "[batch]") {
    World world;
    world.written.is_away = true;
    CHECK(only(world.press({issues_batch(world, 3)})).verdict == Verdict::kSnooze);
    Job batch =
        batch_of(world, {.select = Batch::Select::kJql, .rule = "release", .jql = "project = P"});
    {
        const PutTurns::Turn turn = world.put_turns.acquire();
        CHECK(only(world.press({batch})).verdict == Verdict::kSnooze);
        CHECK(world.jira.searches == 0);
    }
    world.written.is_away = false;
    CHECK(only(world.press({batch})).verdict == Verdict::kDone);
    CHECK_FALSE(world.put_turns.is_stuck());
}

TEST_CASE("Batches have their turns to put jobs on Kafka in order of arrival", "[batch]") {
    PutTurns turns;
    std::vector<int> order;  // only who has the turn writes
    std::vector<std::thread> threads;
    {
        const PutTurns::Turn first = turns.acquire();
        REQUIRE(first.is_held());
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&turns, &order, i] {
                const PutTurns::Turn turn = turns.acquire();
                if (turn.is_held()) order.push_back(i);
            });
            const auto expected = static_cast<std::size_t>(i) + 2;
            CHECK(eventually(60s, [&] { return turns.count() == expected; }));
        }
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(order == std::vector<int>{0, 1, 2});
    CHECK(turns.count() == 0);
}

TEST_CASE("Who waits for his turn goes when Kafka is found to be away", "[batch]") {
    PutTurns turns;
    std::atomic<int> turned_away = 0;
    std::vector<std::thread> threads;
    {
        const PutTurns::Turn first = turns.acquire();
        for (int i = 0; i < 3; ++i) {
            threads.emplace_back([&] {
                if (!turns.acquire().is_held()) ++turned_away;
            });
        }
        CHECK(eventually(60s, [&] { return turns.count() == 4; }));
        first.note_refused();
        for (std::thread& thread : threads) thread.join();
        CHECK(turned_away == 3);
        CHECK(turns.is_stuck());
        CHECK_FALSE(turns.acquire().is_held());
    }
    const PutTurns::Turn next = turns.acquire();
    REQUIRE(next.is_held());
    next.note_written();
    CHECK_FALSE(turns.is_stuck());
}
