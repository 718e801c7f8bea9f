// Follower and writer against librdkafka's mock cluster in this process. The mock does not isolate
// transactions and does not fence; that needs a real broker.
#include <atomic>
#include <functional>
#include <thread>

#include <librdkafka/rdkafka.h>
#include <librdkafka/rdkafka_mock.h>

#include "common/catalog/documents.h"
#include "common/catalog/follower.h"
#include "common/catalog/writer.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kRule = R"({"site":"acme","page":{"space":"S","title":"t","body":"b"}})";
constexpr std::string_view kOtherRule =
    R"({"site":"acme","page":{"space":"S","title":"other","body":"b"}})";

class MockKafka {
public:
    MockKafka()
        : host_(rd_kafka_new(RD_KAFKA_PRODUCER, rd_kafka_conf_new(), nullptr, 0)),
          cluster_(rd_kafka_mock_cluster_new(host_, 1)) {}

    ~MockKafka() {
        rd_kafka_mock_cluster_destroy(cluster_);
        rd_kafka_destroy(host_);
    }

    MockKafka(const MockKafka&) = delete;
    MockKafka& operator=(const MockKafka&) = delete;

    void create_catalog_topic() {
        REQUIRE(rd_kafka_mock_topic_create(cluster_, "pagepress.catalog", 1, 1) == 0);
    }

    void take_down() { rd_kafka_mock_broker_set_down(cluster_, 1); }

    void bring_up() { rd_kafka_mock_broker_set_up(cluster_, 1); }

    void fail_next(std::int16_t api_key, rd_kafka_resp_err_t error) {
        rd_kafka_mock_push_request_errors(cluster_, api_key, 1, error);
    }

    [[nodiscard]] KafkaSettings settings() const {
        return {
            .brokers = rd_kafka_mock_cluster_bootstraps(cluster_), .topic_prefix = "pagepress."};
    }

private:
    rd_kafka_t* host_;
    rd_kafka_mock_cluster_t* cluster_;
};

/// An ingress, as far as the catalog goes.
struct Node {
    explicit Node(const KafkaSettings& settings)
        : follower(CatalogFollower::start(settings, catalog, clock)),
          writer(settings, catalog, clock) {
        REQUIRE(follower);
    }

    [[nodiscard]] bool is_confirmed_after(SteadyTime when) const {
        const SteadyTime deadline = clock.steady_now() + 30s;
        while (clock.steady_now() < deadline) {
            if (catalog.confirmed_at() && *catalog.confirmed_at() > when) return true;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }

    [[nodiscard]] bool has_read(std::int64_t position) const {
        return catalog.wait_until_position(position, clock.steady_now() + 30s);
    }

    Result<std::int64_t> write_rule(
        std::string_view document, std::optional<std::int64_t> if_revision
    ) {
        return writer.write(EntryKind::kRule, "release", std::string(document), if_revision);
    }

    SystemClock clock;
    Catalog catalog;
    Result<std::unique_ptr<CatalogFollower>> follower;
    CatalogWriter writer;
};

}  // namespace

TEST_CASE("What one node writes, it shows at once and every other node shows soon", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node writer(kafka.settings());
    Node reader(kafka.settings());
    const auto revision = writer.write_rule(kRule, std::nullopt);
    REQUIRE(revision);
    REQUIRE(writer.catalog.rule("release") != nullptr);
    CHECK(writer.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
    REQUIRE(reader.has_read(*revision));
    CHECK(reader.catalog.rule("release")->title == "t");
    CHECK(reader.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
}

TEST_CASE("A node that starts later is confirmed only when it has read everything", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    {
        Node writer(kafka.settings());
        for (const std::string_view document : {kRule, kOtherRule}) {
            REQUIRE(writer.write_rule(document, std::nullopt));
        }
    }
    Node late(kafka.settings());
    REQUIRE(late.is_confirmed_after(SteadyTime::min()));
    REQUIRE(late.catalog.rule("release") != nullptr);
    CHECK(late.catalog.rule("release")->title == "other");
}

TEST_CASE("Of two writers that saw the same revision exactly one wins", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node first(kafka.settings());
    Node second(kafka.settings());
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
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node node(kafka.settings());
    REQUIRE(node.write_rule(kRule, 0));
    const auto again = node.write_rule(kOtherRule, 0);
    REQUIRE_FALSE(again);
    CHECK(again.error().code == ErrorCode::kConflict);
    CHECK(node.catalog.rule("release")->title == "t");
}

TEST_CASE("A key that was deleted stays dead", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node admin(kafka.settings());
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

    Node other(kafka.settings());
    const auto late = other.writer.write(EntryKind::kApiKey, "k1", write_api_key(key), *created);
    REQUIRE_FALSE(late);
    CHECK(late.error().code == ErrorCode::kConflict);
    CHECK(late.error().message == "key 'k1' does not exist any more");
    CHECK(other.catalog.api_key(key.digest) == nullptr);
    CHECK(other.catalog.ids(EntryKind::kApiKey).empty());
}

TEST_CASE("Deleting what does not exist says so", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node node(kafka.settings());
    const auto deleted = node.writer.write(EntryKind::kRule, "release", std::nullopt, std::nullopt);
    REQUIRE_FALSE(deleted);
    CHECK(deleted.error().code == ErrorCode::kNotFound);
}

TEST_CASE("A writer that was fenced reports that another admin is at work", "[catalog]") {
    constexpr std::int16_t kAddPartitionsToTxn = 24;
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node node(kafka.settings());
    kafka.fail_next(kAddPartitionsToTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    const auto fenced = node.write_rule(kRule, std::nullopt);
    REQUIRE_FALSE(fenced);
    CHECK(fenced.error().code == ErrorCode::kUnavailable);
    CHECK(fenced.error().message == "another admin is changing the catalog; try again");
    CHECK(node.write_rule(kRule, std::nullopt));
}

TEST_CASE("A lost answer to the commit is settled by what the topic shows", "[catalog]") {
    constexpr std::int16_t kEndTxn = 26;
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node node(kafka.settings());
    kafka.fail_next(kEndTxn, RD_KAFKA_RESP_ERR_PRODUCER_FENCED);
    const auto revision = node.write_rule(kRule, std::nullopt);
    REQUIRE(revision);
    CHECK(node.catalog.stored(EntryKind::kRule, "release")->revision == *revision);
}

TEST_CASE("A follower confirms again after its brokers were away", "[catalog]") {
    MockKafka kafka;
    kafka.create_catalog_topic();
    Node node(kafka.settings());
    REQUIRE(node.write_rule(kRule, std::nullopt));
    kafka.take_down();
    const auto refused = node.write_rule(kOtherRule, std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    const SteadyTime brought_up = node.clock.steady_now();
    kafka.bring_up();
    CHECK(node.is_confirmed_after(brought_up));
    CHECK(node.catalog.rule("release")->title == "t");
}
