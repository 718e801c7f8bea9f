// Two admins at once, a writer that is fenced midway, and compaction: what was written last stays,
// what was revoked stays dead, and every change has its companion record.
#include <thread>

#include "common/catalog/documents.h"
#include "common/catalog/transaction.h"
#include "common/kafka/topics.h"
#include "tests/support/catalog_node.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/kafka_server.h"

using namespace pagepress;
using namespace std::chrono_literals;
using test::CatalogNode;

namespace {

constexpr std::string_view kSecret = "the-key";

/// A broker whose cleaner does at once what takes hours in production, tombstones included.
struct Broker {
    Broker() {
        const std::map<std::string, std::string> eager{
            {"cleanup.policy", "compact"},
            {"segment.ms", "100"},
            {"min.cleanable.dirty.ratio", "0.001"},
            {"delete.retention.ms", "100"},
        };
        const std::vector<TopicSpec> specs{
            {.name = settings.topic(kCatalogTopic), .config = eager},
            {.name = settings.topic(kAuditTopic), .config = {}}};
        REQUIRE(create_topics(settings, specs, 30s));
        server.await_transactions(settings.topic_prefix);
    }

    [[nodiscard]] std::vector<test::ReadRecord> read(std::string_view topic) const {
        return test::read_topic_to_end(server.bootstrap(), settings.topic(topic));
    }

    test::KafkaServer server;
    KafkaSettings settings{.brokers = server.bootstrap(), .topic_prefix = "t."};
};

std::string key_document() {
    const ApiKey key{
        .id = "k1",
        .name = "ci",
        .scope = ApiKey::Scope::kRule,
        .site = "acme",
        .subject = "release",
        .digest = sha256(kSecret),
        .created_at = 1,
    };
    return write_api_key(key);
}

std::string rule_counted(int count) {
    return R"({"site":"acme","page":{"space":"S","body":"b","title":")" + std::to_string(count) +
           "\"}}";
}

/// A companion that tells which revision it belongs to.
MakeCompanion audit_on(const KafkaSettings& settings) {
    return [topic = settings.topic(kAuditTopic)](
               const EntryName&, const auto&, std::int64_t revision
           ) { return Record{.topic = topic, .key = "k", .value = std::to_string(revision)}; };
}

/// Counts the rule up by one, `count` times, under the revision that was read each time.
int count_up(CatalogNode& node, const KafkaSettings& settings, int count) {
    int done = 0;
    while (done < count) {
        const auto stored = node.catalog.stored(EntryKind::kRule, "release");
        const int seen = stored ? std::stoi(node.catalog.rule("release")->title) : 0;
        const auto revision = node.writer.write(
            EntryKind::kRule,
            "release",
            rule_counted(seen + 1),
            stored ? stored->revision : 0,
            audit_on(settings)
        );
        if (revision) ++done;
    }
    return done;
}

}  // namespace

TEST_CASE("No change of two racing writers is lost, and each has its companion", "[catalog]") {
    Broker broker;
    CatalogNode one(broker.settings);
    CatalogNode other(broker.settings);
    constexpr int kEach = 6;
    std::thread racing([&] { count_up(one, broker.settings, kEach); });
    count_up(other, broker.settings, kEach);
    racing.join();
    // Each may be behind the last change of the other one.
    REQUIRE(one.is_confirmed_after(one.clock.steady_now()));
    const auto revision = one.catalog.stored(EntryKind::kRule, "release")->revision;
    REQUIRE(other.has_read(revision));
    CHECK(one.catalog.rule("release")->title == std::to_string(2 * kEach));
    CHECK(broker.read(kAuditTopic).size() == 2 * kEach);
    CHECK(broker.read(kAuditTopic).back().record.value == std::to_string(revision));
}

TEST_CASE(
    "A revoked key stays dead though its writers race and its topic is compacted", "[catalog]"
) {
    Broker broker;
    CatalogNode one(broker.settings);
    CatalogNode other(broker.settings);
    const auto write_key = [&](CatalogNode& node, std::optional<std::string> document) {
        return node.writer.write(
            EntryKind::kApiKey, "k1", std::move(document), std::nullopt, audit_on(broker.settings)
        );
    };
    REQUIRE(write_key(one, key_document()));
    // This writer regenerates the key and stalls before its commit; meanwhile the other revokes it.
    auto stalled = CatalogTransaction::open(broker.settings, 30s);
    REQUIRE(stalled);
    REQUIRE((*stalled)->append("key/k1", key_document(), 30s));
    REQUIRE((*stalled)->append_companion(
        {.topic = broker.settings.topic(kAuditTopic), .key = "k", .value = "never"}, 30s
    ));
    REQUIRE(write_key(other, std::nullopt));
    CHECK_FALSE((*stalled)->commit(30s));
    CHECK(other.catalog.api_key(sha256(kSecret)) == nullptr);
    for (const auto& record : broker.read(kAuditTopic)) CHECK(record.record.value != "never");

    // Until the cleaner has taken the key, its tombstone and versions of the rule.
    int last = 0;
    const auto is_compacted = [&] {
        last += count_up(one, broker.settings, 1);
        const auto records = broker.read(kCatalogTopic);
        const bool has_key = std::ranges::any_of(records, [](const test::ReadRecord& record) {
            return record.record.key == "key/k1";
        });
        return !has_key && std::ssize(records) < last;
    };
    REQUIRE(test::eventually(2min, is_compacted));
    CatalogNode late(broker.settings);
    REQUIRE(late.is_confirmed_after(SteadyTime::min()));
    CHECK(late.catalog.api_key(sha256(kSecret)) == nullptr);
    CHECK_FALSE(late.catalog.stored(EntryKind::kApiKey, "k1"));
    CHECK(late.catalog.rule("release")->title == std::to_string(last));
    // Whoever still means the key as it was cannot bring it back.
    const auto back = late.writer.write(EntryKind::kApiKey, "k1", key_document(), 1);
    REQUIRE_FALSE(back);
    CHECK(back.error().code == ErrorCode::kConflict);
}

TEST_CASE("A change whose companion has no topic is refused whole, at once", "[catalog]") {
    Broker broker;
    CatalogNode node(broker.settings);
    const auto refused = node.writer.write(
        EntryKind::kRule,
        "release",
        rule_counted(1),
        0,
        [](const EntryName&, const auto&, std::int64_t) {
            return Record{.topic = "nowhere", .key = "k", .value = "v"};
        }
    );
    REQUIRE_FALSE(refused);
    CHECK(
        refused.error().message ==
        "the topic 'nowhere' does not exist; run 'pagepressctl topics create'"
    );
    REQUIRE(node.is_confirmed_after(node.clock.steady_now()));
    CHECK(node.catalog.rule("release") == nullptr);
    CHECK(node.write_rule(rule_counted(1), 0));
}
