// The delayed topics: how waits are put together, and copies that wait at the heads of partitions.
#include <algorithm>
#include <map>

#include "tests/support/catch.h"
#include "tests/unit/worker/poll_world.h"
#include "worker/consume/topic_partition.h"
#include "worker/delay/delayed_copies.h"
#include "worker/delay/delayed_record.h"
#include "worker/delay/returning_copies.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

const KafkaSettings kKafka{.brokers = {}, .topic_prefix = "p."};

/// The delayed topics between a scripted consumer and a producer that keeps what it gets.
class Delays {
public:
    Delays() { copies.on_assigned({kMinutes, kTenMinutes, kHours}); }

    static constexpr std::int32_t kMinutes = partition_number(0, 0);
    static constexpr std::int32_t kTenMinutes = partition_number(1, 0);
    static constexpr std::int32_t kHours = partition_number(2, 0);

    /// A copy that is written now.
    Record copy(UnixMillis due) {
        Record record{
            .topic = {},
            .key = "acme/page/1",
            .value = "the job",
            .headers = {
                {.name = std::string(kDueHeader), .value = std::to_string(due)},
                {.name = "attempts", .value = "4"}}};
        (void)address_copy(record, tiers, due, clock.now);
        return record;
    }

    void take(std::int32_t partition, std::int64_t offset, const Record& record) {
        copies.take({
            .partition = partition,
            .offset = offset,
            .key = record.key,
            .value = record.value,
            .headers = record.headers,
        });
    }

    /// Steps until `now`, in steps of a second, and returns what was sent.
    std::vector<Record> wait(Millis time) {
        const UnixMillis end = clock.now + time.count();
        while (clock.now < end) {
            clock.now = std::min<UnixMillis>(end, clock.now + 1000);
            copies.step(source);
        }
        std::vector<Record> sent;
        for (const auto& [ticket, record] : sink.letters) sent.push_back(record);
        return sent;
    }

    void acknowledge_all() {
        for (const auto& [ticket, record] : std::exchange(sink.letters, {})) {
            outbox.on_delivery(
                {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
            );
        }
        copies.step(source);
    }

    ManualClock clock;
    Metrics metrics;
    const DelayTiers tiers{kKafka, {}};
    ScriptedSource source;
    LetterSink sink;
    Outbox outbox{sink, clock};
    int flushes = 0;
    ReturningCopies copies{
        {.outbox = outbox,
         .tiers = tiers,
         .clock = clock,
         .metrics = metrics,
         .flush = [this](Millis) { ++flushes; }},
        "p.jobs",
        {.held_max = 4, .held_bytes_max = 1UL << 20, .open_max = 3}};
};

/// How long a job waits in all, and on which topics, if every worker and broker answers at once.
struct Journey {
    std::vector<std::string> topics;
    Millis waited{};
};

Journey travel(Millis wait) {
    Delays delays;
    const UnixMillis began = delays.clock.now;
    const UnixMillis due = began + wait.count();
    Journey journey;
    Record record = delays.copy(due);
    std::int64_t offset = 0;
    while (record.topic != "p.jobs") {
        journey.topics.push_back(record.topic);
        std::size_t index = 0;
        while (delays.tiers.topics().at(index) != record.topic) ++index;
        delays.take(partition_number(index, 0), offset++, record);
        while (delays.sink.letters.empty()) delays.wait(1s);
        record = delays.sink.letters.front().second;
        delays.acknowledge_all();
    }
    journey.waited = Millis(delays.clock.now - began);
    return journey;
}

}  // namespace

TEST_CASE("A wait is put together from the tiers that fit", "[delay]") {
    const auto [topics, waited] = travel(25min);
    CHECK(std::ranges::count(topics, "p.delayed.10m") == 2);
    CHECK(std::ranges::count(topics, "p.delayed.1m") <= 5);
    CHECK(std::ranges::count(topics, "p.delayed.1h") == 0);
    // The rest is spent in the memory of the worker that gets the record.
    CHECK(waited > 25min - 30s);
    CHECK(waited <= 25min);
}

TEST_CASE("No wait ends early by more than memory takes over, and none ends late", "[delay]") {
    for (Millis wait = 31s; wait < 3h; wait += 97s) {
        CAPTURE(wait.count());
        const Millis waited = travel(wait).waited;
        CHECK(waited >= wait - 30s);
        CHECK(waited <= wait + 1s);  // the test's own step
    }
}

TEST_CASE("A copy stays until its time has come, and goes back with its headers", "[delay]") {
    Delays delays;
    delays.take(Delays::kMinutes, 7, delays.copy(delays.clock.now + 60'000));
    CHECK(delays.wait(59s).empty());
    const auto sent = delays.wait(1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].topic == "p.jobs");
    CHECK(sent[0].key == "acme/page/1");
    CHECK(sent[0].value == "the job");
    CHECK(header_of(sent[0], "attempts") == "4");
    CHECK(header_of(sent[0], kDueHeader) == std::to_string(delays.clock.now.load()));
    CHECK(header_of(sent[0], kUntilHeader).empty());
}

TEST_CASE("A copy's offset is stored only after its next copy is acknowledged", "[delay][W32]") {
    Delays delays;
    delays.take(Delays::kMinutes, 7, delays.copy(delays.clock.now + 60'000));
    REQUIRE(delays.wait(60s).size() == 1);
    CHECK(delays.source.stored[Delays::kMinutes] == 7);
    delays.acknowledge_all();
    CHECK(delays.source.stored[Delays::kMinutes] == 8);
    CHECK(delays.metrics.text().contains("pagepress_delayed_returned_total{tier=\"1m\"} 1\n"));
}

TEST_CASE("A job that waits for long holds up nobody behind it", "[delay]") {
    Delays delays;
    delays.take(Delays::kMinutes, 0, delays.copy(delays.clock.now + 45'000));
    // As if written by a worker with shorter tiers, or one whose clock is far ahead.
    Record far = delays.copy(delays.clock.now + 7'200'000);
    set_header(far.headers, kUntilHeader, std::to_string(delays.clock.now + 7'200'000));
    delays.take(Delays::kMinutes, 1, far);
    delays.take(Delays::kMinutes, 2, delays.copy(delays.clock.now + 60'000));
    const auto sent = delays.wait(60s);
    REQUIRE(sent.size() == 3);
    CHECK(sent[0].topic == "p.jobs");
    CHECK(sent[1].topic == "p.delayed.1h");
    CHECK(sent[2].topic == "p.jobs");
}

TEST_CASE("A record that no worker can read goes back at once, to be judged there", "[delay]") {
    Delays delays;
    delays.take(Delays::kHours, 0, {.topic = {}, .key = "k", .value = "x", .headers = {}});
    const auto sent = delays.wait(1s);
    REQUIRE(sent.size() == 1);
    CHECK(sent[0].topic == "p.jobs");
}

TEST_CASE("A partition is paused while enough waits at its head", "[delay]") {
    Delays delays;
    for (std::int64_t offset = 0; offset < 4; ++offset) {
        delays.take(Delays::kMinutes, offset, delays.copy(delays.clock.now + 60'000));
    }
    delays.wait(1s);
    CHECK(delays.source.paused == std::set<std::int32_t>{Delays::kMinutes});
    // Some are let go, as many as may be under way; the last one keeps its place until they arrive.
    CHECK(delays.wait(60s).size() == 3);
    CHECK(delays.source.paused.empty());
    delays.acknowledge_all();
    CHECK(delays.wait(1s).size() == 1);
}

TEST_CASE(
    "A partition that is given away is stored first, and its copies are forgotten", "[delay][W9]"
) {
    Delays delays;
    delays.take(Delays::kMinutes, 7, delays.copy(delays.clock.now + 60'000));
    delays.wait(60s);
    const std::uint64_t ticket = delays.sink.letters.front().first;
    delays.copies.on_revoked({Delays::kMinutes}, false);
    CHECK(delays.flushes == 1);
    CHECK(delays.source.stored[Delays::kMinutes] == 7);
    // Comes back under another epoch: the old copy's report finishes nothing.
    delays.copies.on_assigned({Delays::kMinutes});
    delays.take(Delays::kMinutes, 7, delays.copy(delays.clock.now + 60'000));
    delays.outbox.on_delivery(
        {.ticket = ticket, .persistence = Persistence::kPersisted, .reason = {}}
    );
    delays.copies.step(delays.source);
    CHECK(delays.source.stored[Delays::kMinutes] == 7);
}

TEST_CASE("How long the oldest copy is overdue is shown", "[delay]") {
    Delays delays;
    delays.sink.is_full = true;
    for (std::int64_t offset = 0; offset < 4; ++offset) {
        delays.take(Delays::kMinutes, offset, delays.copy(delays.clock.now + 60'000));
    }
    delays.wait(90s);
    CHECK(delays.metrics.text().contains("pagepress_delayed_overdue_seconds 30\n"));
}
