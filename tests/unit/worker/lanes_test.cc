// Who is pressed when: sites take turns, calls go before batches, jobs wait for their time.
#include "tests/support/catch.h"
#include "worker/schedule/keyed_scheduler.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

constexpr SteadyTime kStart{};

SteadyTime after(int ms) {
    return kStart + Millis(ms);
}

/// Presses are written as `site:key`.
class Lanes {
public:
    void call(const std::string& key, const std::string& site = "acme") { add(key, site, "", {}); }

    void batch(const std::string& key, const std::string& site = "acme", SteadyTime due = {}) {
        add(key, site, "batch", due);
    }

    /// Keys of the next presses, each ended at once.
    std::vector<std::string> take(std::size_t count, SteadyTime now = kStart) {
        std::vector<std::string> keys;
        while (keys.size() < count) {
            auto press = scheduler.take(now);
            if (!press) break;
            keys.push_back(press->key);
            job_counts.push_back(press->jobs.size());
            scheduler.finish(press->key, {}, {});
        }
        return keys;
    }

    KeyedScheduler scheduler;
    std::vector<std::size_t> job_counts;

private:
    void add(
        const std::string& key, const std::string& site, const std::string& parent, SteadyTime due
    ) {
        WaitingJob waiting;
        waiting.job.id = std::to_string(next_++);
        waiting.job.site = site;
        waiting.job.parent = parent;
        waiting.position.offset = next_;
        waiting.due = due;
        scheduler.submit(key, std::move(waiting));
    }

    int next_ = 1;
};

using Keys = std::vector<std::string>;

}  // namespace

TEST_CASE("A call is pressed next though five hundred pages of a batch wait", "[lanes]") {
    Lanes lanes;
    for (int i = 0; i < 500; ++i) lanes.batch("page " + std::to_string(i));
    CHECK(lanes.take(2) == Keys{"page 0", "page 1"});
    lanes.call("person");
    CHECK(lanes.take(2) == Keys{"person", "page 2"});
}

TEST_CASE("Of five presses one is a batch's while calls keep coming", "[lanes]") {
    Lanes lanes;
    for (int i = 0; i < 12; ++i) lanes.call("c" + std::to_string(i));
    for (int i = 0; i < 3; ++i) lanes.batch("b" + std::to_string(i));
    CHECK(
        lanes.take(15) ==
        Keys{
            "c0",
            "c1",
            "c2",
            "c3",
            "b0",
            "c4",
            "c5",
            "c6",
            "c7",
            "b1",
            "c8",
            "c9",
            "c10",
            "c11",
            "b2"}
    );
}

TEST_CASE("Calls that came before a batch do not count against its turn", "[lanes]") {
    Lanes lanes;
    for (int i = 0; i < 9; ++i) lanes.call("c" + std::to_string(i));
    CHECK(lanes.take(3) == Keys{"c0", "c1", "c2"});
    lanes.batch("b");
    CHECK(lanes.take(6) == Keys{"c3", "c4", "c5", "c6", "b", "c7"});
}

TEST_CASE("Sites take turns, however much each of them has", "[lanes]") {
    Lanes lanes;
    for (int i = 0; i < 100; ++i) lanes.call("big " + std::to_string(i), "big");
    lanes.call("small 0", "small");
    lanes.batch("small 1", "small");
    CHECK(lanes.take(5) == Keys{"big 0", "small 0", "big 1", "small 1", "big 2"});
}

TEST_CASE("A key that somebody also called counts as a call", "[lanes]") {
    Lanes lanes;
    for (const char* key : {"a", "b", "c"}) lanes.batch(key);
    lanes.call("c");
    lanes.call("c");
    CHECK(lanes.take(1) == Keys{"c"});
    CHECK(lanes.job_counts.back() == 3);
    lanes.call("a");
    lanes.batch("a");
    CHECK(lanes.take(3) == Keys{"a", "b"});
}

TEST_CASE("A job whose time has not come is not pressed", "[lanes]") {
    Lanes lanes;
    lanes.batch("later", "acme", after(100));
    lanes.batch("sooner", "acme", after(50));
    CHECK(lanes.take(1, after(49)).empty());
    CHECK(lanes.scheduler.next_wake() == after(50));
    CHECK(lanes.take(2, after(50)) == Keys{"sooner"});
    CHECK(lanes.take(2, after(100)) == Keys{"later"});
    CHECK_FALSE(lanes.scheduler.next_wake());
}

TEST_CASE("A call makes a waiting key ready at once, and its press takes all", "[lanes]") {
    Lanes lanes;
    lanes.batch("page", "acme", after(100));
    lanes.call("page");
    CHECK(lanes.take(1, after(1)) == Keys{"page"});
    CHECK(lanes.job_counts.back() == 2);
    CHECK(lanes.scheduler.waiting_count() == 0);
    CHECK_FALSE(lanes.scheduler.next_wake());
}

TEST_CASE("The earliest of a key's jobs decides when it is ready", "[lanes]") {
    Lanes lanes;
    lanes.batch("page", "acme", after(100));
    lanes.batch("page", "acme", after(40));
    lanes.batch("page", "acme", after(70));
    CHECK(lanes.scheduler.next_wake() == after(40));
    CHECK(lanes.take(1, after(40)) == Keys{"page"});
    CHECK(lanes.job_counts.back() == 3);
}

TEST_CASE("A job that came during a press waits for its time all the same", "[lanes]") {
    Lanes lanes;
    lanes.call("page");
    REQUIRE(lanes.scheduler.take(kStart));
    lanes.batch("page", "acme", after(100));
    lanes.scheduler.finish("page", {}, {});
    CHECK(lanes.take(1, after(99)).empty());
    CHECK(lanes.take(1, after(100)) == Keys{"page"});
}

TEST_CASE("A call does not cut short the wait that a failed press asked for", "[lanes]") {
    Lanes lanes;
    lanes.batch("page");
    auto press = lanes.scheduler.take(kStart);
    lanes.scheduler.finish("page", std::move(press->jobs), after(100));
    lanes.call("page");
    CHECK(lanes.take(1, after(99)).empty());
    CHECK(lanes.take(1, after(100)) == Keys{"page"});
}

TEST_CASE("Dropped jobs leave nothing behind in their lanes", "[lanes]") {
    Lanes lanes;
    lanes.batch("a");
    lanes.call("b", "other");
    lanes.batch("c", "acme", after(100));
    CHECK(lanes.scheduler.remove_if([](const RecordPosition&) { return true; }) == 3);
    CHECK_FALSE(lanes.scheduler.has_ready(after(200)));
    CHECK_FALSE(lanes.scheduler.next_wake());
    lanes.batch("a");
    CHECK(lanes.take(2) == Keys{"a"});
}
