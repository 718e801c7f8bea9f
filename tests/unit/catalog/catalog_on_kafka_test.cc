// Follower and writer against librdkafka's mock cluster in this process. The mock does not isolate
// transactions and does not fence; that is tested against a real broker.
#include "common/catalog/documents.h"
#include "common/catalog/transaction.h"
#include "tests/support/catalog_node.h"
#include "tests/support/catch.h"
#include "tests/support/mock_kafka.h"

using namespace pagepress;
using namespace std::chrono_literals;
using test::CatalogNode;

namespace {

constexpr std::string_view kRule = R"({"site":"acme","page":{"space":"S","title":"t","body":"b"}})";
constexpr std::string_view kOtherRule =
    R"({"site":"acme","page":{"space":"S","title":"other","body":"b"}})";

class CatalogKafka : public test::MockKafka {
public:
    CatalogKafka() { create_topic("pagepress.catalog", 1); }

    [[nodiscard]] KafkaSettings settings() const {
        return {.brokers = bootstrap(), .topic_prefix = "pagepress."};
    }
};

}  // namespace

TEST_CASE("What one node writes, it shows at once and every other node shows soon", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode writer(kafka.settings());
    CatalogNode reader(kafka.settings());
    const auto revision = writer.write_rule(kRule, std::nullopt);
    REQUIRE(revision);
    REQUIRE(writer.catalog.rule("release") != nullptr);
    CHECK(writer.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
    REQUIRE(reader.has_read(*revision));
    CHECK(reader.catalog.rule("release")->title == "t");
    CHECK(reader.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
}

TEST_CASE("A schedule shows when it was written", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode writer(kafka.settings());
    CatalogNode reader(kafka.settings());
    const UnixMillis before = SystemClock().unix_now();
    const auto revision = writer.writer.write(
        EntryKind::kSchedule,
        "daily",
        R"({"site":"acme","every":"6h","refresh":{"all_snapshots":true}})",
        std::nullopt
    );
    const UnixMillis after = SystemClock().unix_now();
    REQUIRE(revision);
    REQUIRE(reader.has_read(*revision));
    const auto schedules = reader.catalog.schedules();
    REQUIRE(schedules.size() == 1);
    CHECK(schedules[0].written_at >= before);
    CHECK(schedules[0].written_at <= after);
}

TEST_CASE("A node that starts later is confirmed only when it has read everything", "[catalog]") {
    const CatalogKafka kafka;
    {
        CatalogNode writer(kafka.settings());
        for (const std::string_view document : {kRule, kOtherRule}) {
            REQUIRE(writer.write_rule(document, std::nullopt));
        }
    }
    CatalogNode late(kafka.settings());
    REQUIRE(late.is_confirmed_after(SteadyTime::min()));
    REQUIRE(late.catalog.rule("release") != nullptr);
    CHECK(late.catalog.rule("release")->title == "other");
}

TEST_CASE("Of two writers that saw the same revision exactly one wins", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode first(kafka.settings());
    CatalogNode second(kafka.settings());
    const auto seen = first.write_rule(kRule, 0);
    REQUIRE(seen);
    const auto won = second.write_rule(kOtherRule, *seen);
    REQUIRE(won);
    const auto lost = first.write_rule(kRule, *seen);
    REQUIRE_FALSE(lost);
    CHECK(lost.error().code == ErrorCode::kConflict);
    CHECK(
        lost.error().message == "rule 'release' has revision " + std::to_string(*won) + ", not " +
                                    std::to_string(*seen) + "; read it again"
    );
    CHECK(first.catalog.rule("release")->title == "other");
}

TEST_CASE("An entry that must not exist is not overwritten", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    REQUIRE(node.write_rule(kRule, 0));
    const auto again = node.write_rule(kOtherRule, 0);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::kConflict);
    CHECK(node.catalog.rule("release")->title == "t");
}

TEST_CASE("A key that was deleted stays dead", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode admin(kafka.settings());
    ApiKey key;
    key.id = "k1";
    key.site = "acme";
    key.subject = "release";
    key.digest = sha256("secret");
    const auto created = admin.writer.write(EntryKind::kApiKey, "k1", write_api_key(key), 0);
    REQUIRE(created);
    REQUIRE(admin.catalog.api_key(key.digest) != nullptr);
    REQUIRE(admin.writer.write(EntryKind::kApiKey, "k1", std::nullopt, *created));
    CHECK(admin.catalog.api_key(key.digest) == nullptr);

    CatalogNode other(kafka.settings());
    const auto late = other.writer.write(EntryKind::kApiKey, "k1", write_api_key(key), *created);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::kConflict);
    CHECK(late.error().message == "key 'k1' does not exist any more");
    CHECK(other.catalog.api_key(key.digest) == nullptr);
    CHECK(other.catalog.ids(EntryKind::kApiKey).empty());
}

TEST_CASE("Deleting what does not exist says so", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    const auto deleted = node.writer.write(EntryKind::kRule, "release", std::nullopt, std::nullopt);
    REQUIRE_FALSE(deleted);
    CHECK(deleted.error().code == ErrorCode::kNotFound);
}

TEST_CASE("A writer that was fenced reports that another admin is at work", "[catalog]") {
    CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    kafka.fence_next_transaction();
    const auto fenced = node.write_rule(kRule, std::nullopt);
    REQUIRE_FALSE(fenced);
    CHECK(fenced.error().code == ErrorCode::kUnavailable);
    CHECK(fenced.error().message == "another admin is changing the catalog; try again");
    CHECK(node.write_rule(kRule, std::nullopt));
}

TEST_CASE("A lost answer to the commit is settled by what the topic shows", "[catalog]") {
    CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    kafka.deny_next_commit();
    const auto revision = node.write_rule(kRule, std::nullopt);
    REQUIRE(revision);
    CHECK(node.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
}

TEST_CASE("A follower confirms again after its brokers were away", "[catalog]") {
    CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    REQUIRE(node.write_rule(kRule, std::nullopt));
    kafka.go_down();
    const auto refused = node.write_rule(kOtherRule, std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    const SteadyTime brought_up = node.clock.steady_now();
    kafka.come_up();
    CHECK(node.is_confirmed_after(brought_up));
    CHECK(node.catalog.rule("release")->title == "t");
}

TEST_CASE("A follower stops while its brokers are away", "[catalog]") {
    CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    REQUIRE(node.is_confirmed_after(SteadyTime::min()));
    kafka.go_down();
    REQUIRE(node.grows_stale());
    CHECK(node.stops_following([&] { kafka.come_up(); }));
}

TEST_CASE("A follower that never reached a broker stops", "[catalog]") {
    CatalogKafka kafka;
    kafka.go_down();
    CatalogNode node(kafka.settings());
    CHECK(node.stops_following([&] { kafka.come_up(); }));
}

TEST_CASE("A follower confirms again after each of several outages", "[catalog]") {
    CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    REQUIRE(node.write_rule(kRule, std::nullopt));
    for (int outage = 0; outage < 2; ++outage) {
        kafka.go_down();
        REQUIRE(node.grows_stale());
        const SteadyTime brought_up = node.clock.steady_now();
        kafka.come_up();
        CHECK(node.is_confirmed_after(brought_up));
    }
    CHECK(node.write_rule(kOtherRule, std::nullopt));
}

TEST_CASE("Every step of a change fails in time when the brokers go away", "[catalog]") {
    CatalogKafka kafka;
    const auto open = [&] {
        auto transaction = CatalogTransaction::open(kafka.settings(), 30s);
        REQUIRE(transaction);
        return *std::move(transaction);
    };
    const auto before_record = open();
    const auto before_commit = open();
    REQUIRE(before_commit->append("rule/release", std::string(kRule), 30s));
    kafka.go_down();
    const auto end = before_record->end_offset(1s);
    REQUIRE_FALSE(end);
    CHECK(end.error().code == ErrorCode::kUnavailable);
    const auto appended = before_record->append("rule/release", std::nullopt, 1s);
    REQUIRE_FALSE(appended);
    CHECK(appended.error().code == ErrorCode::kUnavailable);
    const auto committed = before_commit->commit(1s);
    REQUIRE_FALSE(committed);
    CHECK(committed.error().code == ErrorCode::kUnknownOutcome);
    const auto opened = CatalogTransaction::open(kafka.settings(), 1s);
    REQUIRE_FALSE(opened);
    CHECK(opened.error().code == ErrorCode::kUnavailable);
}

TEST_CASE("What no node could read is not written", "[catalog]") {
    const CatalogKafka kafka;
    CatalogNode node(kafka.settings());
    REQUIRE(node.write_rule(kRule, 0));
    const auto refused = node.write_rule(R"({"site":"acme"})", std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(refused.error().message == "rule 'release': page is missing");
    CHECK(node.catalog.rule("release") != nullptr);
}
