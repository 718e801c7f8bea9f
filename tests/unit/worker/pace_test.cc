// How fast a site's pages are pressed: budgets, presses at the same time, and the scheduler that
// heeds them.
#include <atomic>
#include <future>
#include <thread>

#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/limits/share_watch.h"
#include "worker/schedule/keyed_scheduler.h"
#include "worker/schedule/press_pool.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// Sites with limits, and a scheduler that serves them. Every press makes three requests.
class Paced {
public:
    void put_site(const std::string& id, const std::string& limits) {
        catalog.apply(
            "site/" + id,
            R"({"jira_url":"https://j.test","confluence_url":"https://c.test/wiki","auth":"basic",)"
            R"("secret_file":"/s","limits":)" +
                limits + "}",
            next_offset_++
        );
    }

    void batch(const std::string& key, const std::string& site = "acme") {
        add(key, site, "batch");
    }

    void call(const std::string& key, const std::string& site = "acme") { add(key, site, ""); }

    /// Begins every press that may begin now; returns their keys.
    std::vector<std::string> take_all() {
        std::vector<std::string> keys;
        while (auto press = scheduler.take(clock.steady_now())) {
            const std::string site = press->jobs.front().job.site;
            for (int i = 0; i < 3; ++i) gates.count_request(site);
            requests += 3;
            keys.push_back(press->key);
        }
        return keys;
    }

    void end(const std::vector<std::string>& keys) {
        for (const std::string& key : keys) scheduler.finish(key, {}, {});
    }

    /// Serves what may begin until `ms` have passed; returns the keys in order.
    std::vector<std::string> serve_for(std::int64_t ms) {
        std::vector<std::string> served;
        const UnixMillis end_at = clock.now + ms;
        while (clock.now < end_at) {
            const auto keys = take_all();
            served.insert(served.end(), keys.begin(), keys.end());
            end(keys);
            const auto wake = scheduler.next_wake();
            if (!wake) break;
            REQUIRE(*wake > clock.steady_now());
            clock.now = std::chrono::ceil<Millis>(wake->time_since_epoch()).count();
        }
        return served;
    }

    ManualClock clock;
    CountingRandom random;
    Metrics metrics;
    Catalog catalog;
    SiteGates gates{{.clock = clock, .random = random, .metrics = metrics, .catalog = catalog}};
    KeyedScheduler scheduler{&gates};
    int requests = 0;

private:
    void add(const std::string& key, const std::string& site, const std::string& parent) {
        WaitingJob waiting;
        waiting.job.id = key;
        waiting.job.site = site;
        waiting.job.parent = parent;
        scheduler.submit(key, std::move(waiting));
    }

    std::int64_t next_offset_ = 0;
};

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("A site gets as many requests a second as its document says", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"requests_per_second":30})");
    for (int i = 0; i < 2000; ++i) world.batch("page " + std::to_string(i));
    world.serve_for(60'000);
    CHECK(world.requests >= 1'750);
    CHECK(world.requests <= 1'850);
}

TEST_CASE("The sites without a limit are not held up by one that has used up its own", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"requests_per_second":1})");
    for (int i = 0; i < 100; ++i) world.batch("page " + std::to_string(i));
    CHECK(world.take_all().size() <= 2);
    for (int i = 0; i < 50; ++i) world.batch("free " + std::to_string(i), "free");
    CHECK(world.take_all().size() == 50);
}

TEST_CASE(
    "During a batch at the limit of its site a call is served within a few presses", "[pace]"
) {
    Paced world;
    world.put_site("acme", R"({"requests_per_second":30})");
    for (int i = 0; i < 5'000; ++i) world.batch("page " + std::to_string(i));
    world.serve_for(10'000);
    world.call("person");
    const Keys served = world.serve_for(1'000);
    const auto place = std::ranges::find(served, "person") - served.begin();
    CHECK(place < 2);
    CHECK(world.scheduler.waiting_count() > 4'000);
}

TEST_CASE("A site has as many presses at the same time as its document says", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"presses":3})");
    for (int i = 0; i < 10; ++i) world.batch("page " + std::to_string(i));
    const Keys first = world.take_all();
    CHECK(first.size() == 3);
    CHECK(world.scheduler.next_wake());
    world.end({first[0]});
    CHECK(world.take_all().size() == 1);
}

TEST_CASE("A worker takes its share of the partitions, and one press at the least", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"presses":8})");
    for (int i = 0; i < 20; ++i) world.batch("page " + std::to_string(i));
    world.gates.set_share({.own = 6, .all = 24});
    Keys running = world.take_all();
    CHECK(running.size() == 2);
    world.gates.set_share({.own = 1, .all = 24});
    world.end(running);
    CHECK(world.take_all().size() == 1);
    world.gates.set_share({.own = 24, .all = 24});
    CHECK(world.take_all().size() == 7);
}

TEST_CASE("A changed limit holds at once", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"requests_per_second":1})");
    for (int i = 0; i < 1000; ++i) world.batch("page " + std::to_string(i));
    world.serve_for(10'000);
    const int before = world.requests;
    CHECK(before <= 15);
    world.put_site("acme", R"({"requests_per_second":100})");
    world.serve_for(10'000);
    CHECK(world.requests - before >= 950);
    world.put_site("acme", "{}");
    CHECK(world.take_all().size() > 500);
}

TEST_CASE("Near its own limit a site is called less before it has to refuse", "[pace]") {
    Paced world;
    world.put_site("acme", "{}");
    for (int i = 0; i < 1000; ++i) world.batch("page " + std::to_string(i));
    world.gates.heed("acme", {.remaining = 60, .refill = Millis(20'000)});
    CHECK(world.take_all().empty());
    world.serve_for(20'000);
    CHECK(world.requests >= 48);
    CHECK(world.requests <= 66);
    CHECK(world.take_all().size() > 900);  // nothing was said since
}

TEST_CASE("Held presses cost nothing until they may begin", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"requests_per_second":1})");
    for (int i = 0; i < 5'000; ++i) world.batch("page " + std::to_string(i));
    world.end(world.take_all());
    const auto wake = world.scheduler.next_wake();
    REQUIRE(wake);
    CHECK(*wake > world.clock.steady_now() + Millis(1'000));
    CHECK(world.scheduler.parked_count() == 0);
    CHECK(world.metrics.text().contains(
        R"(pagepress_site_holds_total{reason="requests",site="acme"} 1)"
    ));
}

TEST_CASE("Calls keep their part of the turns while a site is held up", "[pace]") {
    Paced world;
    world.put_site("acme", R"({"presses":1})");
    for (int i = 0; i < 6; ++i) world.call("c" + std::to_string(i));
    for (int i = 0; i < 2; ++i) world.batch("b" + std::to_string(i));
    Keys served;
    for (int i = 0; i < 8; ++i) {
        const Keys running = world.take_all();
        REQUIRE(running.size() == 1);
        served.push_back(running.front());
        CHECK(world.take_all().empty());  // asked in vain now and then
        world.end(running);
    }
    CHECK(served == Keys{"c0", "c1", "c2", "c3", "b0", "c4", "c5", "b1"});
}

TEST_CASE("What waits for a site goes on by itself when its gate opens", "[pace]") {
    Paced world;
    for (int i = 0; i < 100; ++i) world.batch("page " + std::to_string(i));
    for (int i = 0; i < 5; ++i) {
        world.gates.note_error(
            "acme",
            Endpoint::kJira,
            "page " + std::to_string(i),
            {.code = ErrorCode::kUnavailable, .message = "503"}
        );
    }
    CHECK(world.take_all().empty());
    REQUIRE(world.scheduler.next_wake());
    world.clock.now += 2'600;
    const Keys probe = world.take_all();
    REQUIRE(probe.size() == 1);
    world.gates.note_success("acme", Endpoint::kJira);
    world.end(probe);
    // No stampede: one more with each success.
    std::size_t most = 1;
    while (world.scheduler.waiting_count() > 0) {
        const Keys running = world.take_all();
        REQUIRE_FALSE(running.empty());
        CHECK(running.size() <= 2 * most + 1);
        most = running.size();
        for (const std::string& key : running) {
            world.gates.note_success("acme", Endpoint::kJira);
            world.end({key});
        }
    }
}

TEST_CASE("The share follows the assignment", "[pace]") {
    class Next final : public AssignmentListener {
    public:
        void on_assigned(const std::vector<std::int32_t>& partitions) override {
            told += static_cast<int>(partitions.size());
        }

        void on_revoked(const std::vector<std::int32_t>& partitions, bool) override {
            told -= static_cast<int>(partitions.size());
        }

        int told = 0;
    };

    Paced world;
    world.put_site("acme", R"({"presses":12})");
    for (int i = 0; i < 40; ++i) world.batch("page " + std::to_string(i));
    Next next;
    std::optional<int> all;
    ShareWatch watch(next, world.gates, [&] { return all; });
    watch.on_assigned({0, 1, 2, 5});
    CHECK(next.told == 4);
    Keys running = world.take_all();
    CHECK(running.size() == 8);  // four of the six that there must be
    world.end(running);
    all = 12;
    watch.on_assigned({6, 7});
    running = world.take_all();
    CHECK(running.size() == 6);
    world.end(running);
    watch.on_revoked({0, 1, 2, 5}, false);
    CHECK(next.told == 2);
    CHECK(world.take_all().size() == 2);
}

TEST_CASE("Executors keep to a site's limits, and none of its presses is left behind", "[pace]") {
    constexpr int kKeys = 300;
    const SystemClock clock;
    CountingRandom random;
    Metrics metrics;
    Catalog catalog;
    catalog.apply(
        "site/acme",
        R"({"jira_url":"https://j.test","confluence_url":"https://c.test/wiki","auth":"basic",)"
        R"("secret_file":"/s","limits":{"presses":2,"requests_per_second":5000}})",
        0
    );
    SiteGates gates({.clock = clock, .random = random, .metrics = metrics, .catalog = catalog});
    std::atomic<int> running = 0;
    std::atomic<int> most = 0;
    std::atomic<int> done = 0;
    std::promise<void> all_done;
    const Executor executor = [&](Press press) {
        const int now = ++running;
        int known = most;
        while (known < now && !most.compare_exchange_weak(known, now)) {
        }
        for (int i = 0; i < 3; ++i) gates.count_request("acme");
        std::this_thread::yield();
        --running;
        PressResult result{.key = press.key, .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            result.results.push_back(
                {.job = std::move(job), .verdict = Verdict::kDone, .status = {}}
            );
        }
        if (++done == kKeys) all_done.set_value();
        return result;
    };
    PressPool pool(std::vector<Executor>(8, executor), clock, &gates);
    pool.assign(1);
    for (int i = 0; i < kKeys; ++i) {
        WaitingJob waiting;
        waiting.job.id = std::to_string(i);
        waiting.job.site = "acme";
        waiting.position = {.partition = 0, .offset = i, .epoch = 1};
        pool.submit("page " + std::to_string(i), std::move(waiting));
    }
    CHECK(all_done.get_future().wait_for(std::chrono::minutes(2)) == std::future_status::ready);
    CHECK(most <= 2);
}
