// Partitions that go to another worker while presses run: what is waited for, what is stored, and
// what comes too late. The executors end presses when the test says so.
#include <utility>

#include "tests/support/catch.h"
#include "tests/unit/worker/poll_world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

class ScriptedExecutors final : public Executors {
public:
    void assign(std::uint64_t) override {}

    bool revoke(const std::set<std::uint64_t>&, SteadyTime deadline) override {
        waits_until.push_back(deadline);
        if (ends_in_time) end_all();
        return ends_in_time;
    }

    void submit(const std::string&, WaitingJob job) override { running_.push_back(job.position); }

    Finished take_finished() override { return std::exchange(finished_, {}); }

    [[nodiscard]] ExecutorLoad load() const override {
        return {.waiting = 0, .running = running_.size()};
    }

    void end_all() {
        for (const RecordPosition& position : std::exchange(running_, {})) {
            finished_.positions.push_back(position);
        }
    }

    bool ends_in_time = false;
    std::vector<SteadyTime> waits_until;

private:
    std::vector<RecordPosition> running_;
    Finished finished_;
};

/// A poll loop that has partition 0, and a press of its record 5 that runs.
class Rebalance {
public:
    Rebalance() {
        source.steps.emplace_back([this]() -> std::optional<IncomingRecord> {
            loop.on_assigned({0});
            return std::nullopt;
        });
        source.steps.emplace_back([this]() -> std::optional<IncomingRecord> {
            return IncomingRecord{
                .partition = 0,
                .offset = 5,
                .key = "k",
                .value = encode(world.trigger_rule("10042")),
                .headers = {}};
        });
    }

    /// Runs until all steps are taken, with `then` as the last one.
    void run(const std::function<void()>& then) {
        source.steps.emplace_back([then]() -> std::optional<IncomingRecord> {
            then();
            return std::nullopt;
        });
        source.on_idle = [this] { loop.stop(); };
        loop.run(source, exits(), [] {});
    }

    /// What the consumer does after the loop, when the worker leaves.
    void store_finished() { loop.store_finished(source, exits()); }

    Exits exits() { return {outbox, letters, copies}; }

    /// The offset that others would begin at: nothing stored means that of the record.
    std::int64_t stored() { return source.stored.contains(0) ? source.stored.at(0) : 5; }

    World world;
    ManualClock clock;
    Metrics metrics;
    IssueAliases aliases;
    ScriptedSource source;
    ScriptedExecutors executors;
    LetterSink sink;
    Outbox outbox{sink, clock};
    const DelayTiers tiers{{.brokers = {}, .topic_prefix = {}}, {}};
    const PollLimits limits;
    PollLoop loop{executors, aliases, clock, metrics, limits};
    DeadLetters letters{outbox, "dead", clock, [](const RecordPosition&, const JobStatus*) {}};
    DelayedCopies copies{outbox, tiers, clock, metrics, [](const RecordPosition&) {}};
};

}  // namespace

TEST_CASE("A record that was taken and not pressed keeps its offset", "[poll_loop][W1][W7]") {
    Rebalance rebalance;
    rebalance.run([] {});
    rebalance.store_finished();
    CHECK(rebalance.stored() == 5);
}

TEST_CASE("What ends while its partition is given away is stored before that", "[poll_loop][W10]") {
    Rebalance rebalance;
    rebalance.executors.ends_in_time = true;
    rebalance.run([&] {
        rebalance.loop.on_revoked({0}, false);
        CHECK(rebalance.stored() == 6);
    });
}

TEST_CASE("A press that ends after its partition has gone stores no offset", "[poll_loop][W8]") {
    Rebalance rebalance;
    const bool is_lost = GENERATE(false, true);
    rebalance.run([&] {
        rebalance.loop.on_revoked({0}, is_lost);
        rebalance.executors.end_all();
    });
    rebalance.store_finished();
    CHECK(rebalance.stored() == 5);
}

TEST_CASE("A rebalance waits for presses so long and no longer", "[poll_loop][W11]") {
    Rebalance rebalance;
    const SteadyTime now = rebalance.clock.steady_now();
    SECTION("while the partition is still its own") {
        rebalance.run([&] { rebalance.loop.on_revoked({0}, false); });
        CHECK(rebalance.executors.waits_until == std::vector{now + rebalance.limits.revoke_wait});
        // librdkafka's max.poll.interval.ms, after which the whole assignment would be lost.
        CHECK(3 * rebalance.limits.revoke_wait < Millis(300'000));
    }
    SECTION("not at all for one that others have") {
        rebalance.run([&] { rebalance.loop.on_revoked({0}, true); });
        CHECK(rebalance.executors.waits_until == std::vector{now});
    }
    SECTION("not a second time when the worker leaves") {
        rebalance.run([] {});
        rebalance.loop.on_revoked({0}, false);
        CHECK(rebalance.executors.waits_until == std::vector{now});
    }
}

TEST_CASE("What a drain did not wait for keeps its offset", "[poll_loop][W33]") {
    Rebalance rebalance;
    rebalance.source.steps.emplace_back([&]() -> std::optional<IncomingRecord> {
        rebalance.executors.end_all();
        return IncomingRecord{
            .partition = 0,
            .offset = 6,
            .key = "k",
            .value = encode(rebalance.world.trigger_rule("10042")),
            .headers = {}};
    });
    rebalance.run([] {});
    rebalance.store_finished();
    rebalance.loop.on_revoked({0}, false);
    CHECK(rebalance.stored() == 6);
    rebalance.executors.end_all();
    rebalance.store_finished();
    CHECK(rebalance.stored() == 6);
}
