// Scans of topics against a real broker: order, times, cursors, transactions, bounds.
#include "common/kafka/topic_scan.h"

#include <array>
#include <fstream>

#include "common/kafka/kafka_handles.h"
#include "common/kafka/topics.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_server.h"

namespace pagepress {
namespace {

using namespace std::chrono_literals;

constexpr int kPartitions = 3;
constexpr UnixMillis kFirst = 1'700'000'000'000;

KafkaSettings fresh_topic(const std::string& topic) {
    static test::KafkaServer server;
    KafkaSettings settings{.brokers = server.bootstrap(), .topic_prefix = {}};
    const TopicSpec spec{
        .name = topic, .partitions = kPartitions, .config = {{"retention.ms", "-1"}}};
    REQUIRE(create_topics(settings, {spec}, 30s));
    return settings;
}

/// Writes records `first` to `last`, a second apart, to one partition after the other.
class Writer {
public:
    Writer(const KafkaSettings& settings, std::string topic, bool is_transactional = false)
        : topic_(std::move(topic)) {
        auto conf = is_transactional
                        ? kafka::make_conf(settings, {{"transactional.id", "scan-test"}})
                        : kafka::make_conf(settings, {{"enable.idempotence", "true"}});
        client_ = *kafka::make_client(RD_KAFKA_PRODUCER, *std::move(conf));
        if (is_transactional) {
            REQUIRE(rd_kafka_init_transactions(client_.get(), 60'000) == nullptr);
            REQUIRE(rd_kafka_begin_transaction(client_.get()) == nullptr);
        }
    }

    void write(int first, int last) {
        for (int i = first; i <= last; ++i) {
            std::string value = std::to_string(i);
            const std::array<rd_kafka_vu_t, 5> arguments = {{
                {.vtype = RD_KAFKA_VTYPE_TOPIC, .u = {.cstr = topic_.c_str()}},
                {.vtype = RD_KAFKA_VTYPE_PARTITION, .u = {.i32 = i % kPartitions}},
                {.vtype = RD_KAFKA_VTYPE_VALUE,
                 .u = {.mem = {.ptr = value.data(), .size = value.size()}}},
                {.vtype = RD_KAFKA_VTYPE_TIMESTAMP, .u = {.i64 = kFirst + i * 1000}},
                {.vtype = RD_KAFKA_VTYPE_MSGFLAGS, .u = {.i = RD_KAFKA_MSG_F_COPY}},
            }};
            const kafka::Failure failure(
                rd_kafka_produceva(client_.get(), arguments.data(), arguments.size())
            );
            REQUIRE(failure == nullptr);
        }
        REQUIRE(rd_kafka_flush(client_.get(), 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR);
    }

    void commit() { REQUIRE(rd_kafka_commit_transaction(client_.get(), 60'000) == nullptr); }

    void abort() { REQUIRE(rd_kafka_abort_transaction(client_.get(), 60'000) == nullptr); }

private:
    kafka::Client client_;
    const std::string topic_;
};

std::vector<int> numbers(int first, int last) {
    std::vector<int> all;
    for (int i = first; i <= last; ++i) all.push_back(i);
    return all;
}

struct Scanned {
    std::vector<int> numbers;
    ScanEnd end;
};

Scanned scan(
    const KafkaSettings& settings, ScanRequest request, std::size_t count_max = 1'000'000
) {
    const SystemClock clock;
    Scanned scanned;
    request.time_max = 30s;
    auto end = scan_topic(settings, clock, request, [&](const ScannedRecord& record) {
        scanned.numbers.push_back(std::stoi(record.record.value));
        return scanned.numbers.size() == count_max ? ScanStep::kStop : ScanStep::kGoOn;
    });
    INFO((end ? "" : end.error().message));
    REQUIRE(end);
    scanned.end = *std::move(end);
    return scanned;
}

TEST_CASE("A scan gives the records of all partitions in the order of their times", "[scan]") {
    const KafkaSettings settings = fresh_topic("order");
    Writer(settings, "order").write(0, 299);
    const Scanned all = scan(settings, {.topic = "order"});
    CHECK(all.numbers == numbers(0, 299));
    CHECK(all.end.is_complete);
    CHECK(all.end.next == ScanPosition{100, 100, 100});
    // Nothing new, and then something.
    CHECK(scan(settings, {.topic = "order", .from = all.end.next}).numbers.empty());
    Writer(settings, "order").write(300, 310);
    CHECK(scan(settings, {.topic = "order", .from = all.end.next}).numbers == numbers(300, 310));
}

TEST_CASE("Scans that stop go on at their cursor", "[scan]") {
    const KafkaSettings settings = fresh_topic("pages");
    Writer(settings, "pages").write(0, 99);
    std::vector<int> seen;
    ScanPosition from;
    for (bool is_complete = false; !is_complete;) {
        const Scanned page = scan(settings, {.topic = "pages", .from = from}, 7);
        seen.insert(seen.end(), page.numbers.begin(), page.numbers.end());
        REQUIRE(page.numbers.size() <= 7);
        is_complete = page.end.is_complete;
        from = position_from_cursor(to_cursor(page.end.next)).value();
    }
    CHECK(seen == numbers(0, 99));
}

TEST_CASE("A scan of much begins and ends at the times asked for", "[scan]") {
    const KafkaSettings settings = fresh_topic("times");
    constexpr int kCount = 30'000;
    Writer(settings, "times").write(0, kCount - 1);
    const auto at = [](int number) { return kFirst + number * 1000; };
    const Scanned late = scan(settings, {.topic = "times", .since = at(29'000)});
    CHECK(late.numbers == numbers(29'000, kCount - 1));
    const Scanned none = scan(settings, {.topic = "times", .since = at(kCount)});
    CHECK(none.numbers.empty());
    CHECK(none.end.is_complete);
    // Behind `until` there is some more, because a record may tell of an earlier time than its own.
    const Scanned early = scan(settings, {.topic = "times", .until = at(1'000)});
    CHECK(early.numbers == numbers(0, 1'600));
    CHECK(early.end.is_complete);
}

TEST_CASE("A scan shows what was committed only, and gets past the rest", "[scan]") {
    const KafkaSettings settings = fresh_topic("committed");
    Writer(settings, "committed").write(0, 2);
    Writer aborted(settings, "committed", true);
    aborted.write(3, 5);
    aborted.abort();
    Writer committed(settings, "committed", true);
    committed.write(6, 8);
    committed.commit();
    const Scanned all = scan(settings, {.topic = "committed"});
    CHECK(all.numbers == std::vector<int>{0, 1, 2, 6, 7, 8});
    CHECK(all.end.is_complete);
    Writer open(settings, "committed", true);
    open.write(9, 11);
    CHECK(scan(settings, {.topic = "committed"}).numbers == all.numbers);
    open.abort();
}

TEST_CASE("Single records are read, and those that are not there are left out", "[scan]") {
    const KafkaSettings settings = fresh_topic("single");
    Writer(settings, "single").write(0, 29);
    const SystemClock clock;
    const auto read = read_records(
        settings,
        clock,
        "single",
        {{.partition = 2, .offset = 3},
         {.partition = 0, .offset = 9},
         {.partition = 0, .offset = 10},
         {.partition = 7, .offset = 0},
         {.partition = 2, .offset = 0}},
        {.time_max = 30s, .bytes_max = 1'000}
    );
    REQUIRE(read);
    CHECK(read->places_read == 5);
    std::vector<std::string> values;
    for (const ScannedRecord& record : read->records) values.push_back(record.record.value);
    CHECK(values == std::vector<std::string>{"11", "27", "2"});
    const auto part = read_records(
        settings,
        clock,
        "single",
        {{.partition = 2, .offset = 3}, {.partition = 0, .offset = 9}},
        {.time_max = 30s, .bytes_max = 1}
    );
    REQUIRE(part);
    CHECK(part->places_read == 1);
    CHECK(part->records.size() == 1);
    const auto missing = scan_topic(settings, clock, {.topic = "nowhere"}, [](const auto&) {
        return ScanStep::kGoOn;
    });
    REQUIRE_FALSE(missing);
    CHECK(missing.error().message.contains("pagepressctl topics create"));
}

/// `VmHWM: …` of this process.
std::string peak_memory() {
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM")) return line;
    }
    return {};
}

TEST_CASE("A million records are read whole, and in pages, in bounded memory", "[.million]") {
    const KafkaSettings settings = fresh_topic("million");
    constexpr int kCount = 1'000'000;
    for (int i = 0; i < kCount; i += 50'000) Writer(settings, "million").write(i, i + 49'999);
    const SystemClock clock;
    auto report = [&, began = clock.steady_now()](const std::string& what) mutable {
        const auto now = clock.steady_now();
        const auto took = std::chrono::duration_cast<Millis>(now - began).count();
        WARN(what << ": " << took << " ms, " << peak_memory());
        began = now;
    };
    std::int64_t seen = 0;
    const auto whole = scan_topic(
        settings,
        clock,
        {.topic = "million", .time_max = 60s},
        [&](const ScannedRecord&) {
            ++seen;
            return ScanStep::kGoOn;
        }
    );
    REQUIRE(whole);
    CHECK(seen == kCount);
    report("whole");
    ScanPosition from;
    constexpr int kPages = 100;
    constexpr int kPage = 1'000;
    for (int page = 0; page < kPages; ++page) {
        const Scanned scanned = scan(settings, {.topic = "million", .from = from}, kPage);
        REQUIRE(scanned.numbers == numbers(page * kPage, (page + 1) * kPage - 1));
        from = scanned.end.next;
    }
    report("100 pages of 1000");
}

TEST_CASE("A cursor that was tampered with is none", "[scan]") {
    const std::string good = to_cursor({0, 127, 128, 1'234'567'890'123});
    CHECK(position_from_cursor(good) == ScanPosition{0, 127, 128, 1'234'567'890'123});
    CHECK_FALSE(position_from_cursor(""));
    CHECK_FALSE(position_from_cursor("AQ="));
    CHECK_FALSE(position_from_cursor("AoA"));               // another version
    CHECK_FALSE(position_from_cursor("Af__"));              // ends within a number
    CHECK_FALSE(position_from_cursor("Af____________8B"));  // too large a number
    CHECK_FALSE(position_from_cursor(good + "!"));
}

}  // namespace
}  // namespace pagepress
