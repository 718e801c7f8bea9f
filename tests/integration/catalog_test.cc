// Follower and writer against a real broker: transactions, fencing, control records.
#include <thread>

#include "common/catalog/transaction.h"
#include "common/kafka/topics.h"
#include "tests/support/catalog_node.h"
#include "tests/support/catch.h"
#include "tests/support/kafka_server.h"

using namespace pagepress;
using namespace std::chrono_literals;
using test::CatalogNode;

namespace {

std::string rule_titled(std::string_view title) {
    return R"({"site":"acme","page":{"space":"S","body":"b","title":")" + std::string(title) +
           "\"}}";
}

/// A broker with an empty catalog; one broker serves all tests, each with topics of its own.
KafkaSettings fresh_settings() {
    static test::KafkaServer server;
    static int count = 0;
    const std::string prefix = "t" + std::to_string(++count) + ".";
    server.await_transactions(prefix);
    return {.brokers = server.bootstrap(), .topic_prefix = prefix};
}

void create_catalog(const KafkaSettings& settings) {
    const TopicSpec spec{
        .name = settings.topic(kCatalogTopic), .config = {{"cleanup.policy", "compact"}}};
    REQUIRE(create_topics(settings, {spec}, 30s));
}

}  // namespace

TEST_CASE("A change is read by every node of a real broker", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    CatalogNode writer(settings);
    const CatalogNode reader(settings);
    for (const std::string title : {"first", "second", "third"}) {
        const auto seen = writer.catalog.stored(EntryKind::kRule, "release");
        const auto revision = writer.write_rule(rule_titled(title), seen ? seen->revision : 0);
        REQUIRE(revision);
        CHECK(writer.catalog.rule("release")->title == title);
        REQUIRE(reader.has_read(*revision));
        CHECK(reader.catalog.rule("release")->title == title);
    }
}

TEST_CASE("Of two admins who write at the same time exactly one wins", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    CatalogNode one(settings);
    CatalogNode other(settings);
    const auto created = one.write_rule(rule_titled("start"), 0);
    REQUIRE(created);
    std::int64_t seen = *created;
    for (int round = 0; round < 5; ++round) {
        Result<std::int64_t> first = 0;
        std::thread racing([&] { first = one.write_rule(rule_titled("one"), seen); });
        const auto second = other.write_rule(rule_titled("other"), seen);
        racing.join();
        REQUIRE(first.has_value() != second.has_value());
        const auto& lost = first ? second : first;
        CHECK(
            (lost.error().code == ErrorCode::kConflict ||
             lost.error().code == ErrorCode::kUnavailable)
        );
        seen = first ? *first : *second;
        REQUIRE(one.has_read(seen));
        CHECK(one.catalog.stored(EntryKind::kRule, "release")->revision == seen);
        CHECK(one.catalog.rule("release")->title == (first ? "one" : "other"));
    }
}

TEST_CASE("A writer that stalled before its record is fenced by the next one", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    CatalogNode node(settings);
    auto stalled = CatalogTransaction::open(settings, 30s);
    REQUIRE(stalled);
    REQUIRE(node.write_rule(rule_titled("new"), 0));
    const auto late = (*stalled)->append("rule/release", rule_titled("old"), 30s);
    REQUIRE_FALSE(late);
    CHECK(late.error().message == "another admin is changing the catalog; try again");
    CHECK(node.catalog.rule("release")->title == "new");
}

TEST_CASE("A writer that stalled before its commit is fenced by the next one", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    CatalogNode node(settings);
    auto stalled = CatalogTransaction::open(settings, 30s);
    REQUIRE(stalled);
    REQUIRE((*stalled)->append("rule/release", rule_titled("old"), 30s));
    REQUIRE(node.write_rule(rule_titled("new"), 0));
    CHECK_FALSE((*stalled)->commit(30s));
    const CatalogNode late(settings);
    REQUIRE(late.is_confirmed_after(SteadyTime::min()));
    CHECK(late.catalog.rule("release")->title == "new");
    CHECK(node.has_read(late.catalog.position()));
}

TEST_CASE("Records of an aborted transaction are passed over and confirmed", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    {
        auto given_up = CatalogTransaction::open(settings, 30s);
        REQUIRE(given_up);
        REQUIRE((*given_up)->append("rule/release", rule_titled("never"), 30s));
    }
    CatalogNode node(settings);
    // The record and the marker of its abort, which the broker writes after it has answered.
    REQUIRE(node.has_read(2));
    REQUIRE(node.is_confirmed_after(node.clock.steady_now()));
    CHECK(node.catalog.position() == 2);
    CHECK(node.catalog.rule("release") == nullptr);
    CHECK(node.write_rule(rule_titled("t"), 0));
}

TEST_CASE("A body of 1 MiB fits", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    create_catalog(settings);
    CatalogNode node(settings);
    std::string body;
    while (body.size() < 1024 * 1024 - 100)
        body += "<p>row " + std::to_string(body.size()) + "</p>";
    const std::string rule =
        R"({"site":"acme","page":{"space":"S","title":"t","body":")" + body + "\"}}";
    const auto revision = node.write_rule(rule, 0);
    REQUIRE(revision);
    CHECK(node.catalog.rule("release")->body == body);
}

TEST_CASE("A node that starts before the topic exists reads it once it does", "[catalog]") {
    const KafkaSettings settings = fresh_settings();
    CatalogNode node(settings);
    const auto refused = node.write_rule(rule_titled("t"), 0);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    CHECK_FALSE(node.catalog.confirmed_at());
    create_catalog(settings);
    CHECK(node.is_confirmed_after(SteadyTime::min()));
    CHECK(node.write_rule(rule_titled("t"), 0));
}

TEST_CASE("A follower confirms again when its killed broker is back", "[catalog]") {
    test::KafkaServer server;
    const KafkaSettings settings{.brokers = server.bootstrap(), .topic_prefix = "t."};
    create_catalog(settings);
    server.await_transactions("t.");
    CatalogNode node(settings);
    REQUIRE(node.write_rule(rule_titled("before"), 0));
    server.kill();
    REQUIRE(node.grows_stale());
    const auto refused = node.write_rule(rule_titled("lost"), std::nullopt);
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == ErrorCode::kUnavailable);
    const SteadyTime brought_up = node.clock.steady_now();
    server.start();
    REQUIRE(node.is_confirmed_after(brought_up));
    CHECK(node.catalog.rule("release")->title == "before");
    server.await_transactions("t.");
    CHECK(node.write_rule(rule_titled("after"), std::nullopt));
}

TEST_CASE("A follower stops while its broker is dead, and while it is frozen", "[catalog]") {
    test::KafkaServer server;
    const KafkaSettings settings{.brokers = server.bootstrap(), .topic_prefix = "t."};
    create_catalog(settings);
    CatalogNode frozen(settings);
    REQUIRE(frozen.is_confirmed_after(SteadyTime::min()));
    CatalogNode dead(settings);
    REQUIRE(dead.is_confirmed_after(SteadyTime::min()));
    server.process().pause();
    REQUIRE(frozen.grows_stale());
    CHECK(frozen.stops_following([&] { server.process().resume(); }));
    server.kill();
    REQUIRE(dead.grows_stale());
    CHECK(dead.stops_following([&] { server.start(); }));
}
