// One answer for every reason why a key does not open something, over real sockets.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/socket_client.h"
#include "tests/unit/ingress/test_ingress.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

std::string call(std::string_view request, std::string_view header, std::string_view key) {
    return std::string(request) + " HTTP/1.1\r\nHost: a\r\n" + std::string(header) + ": " +
           std::string(key) + "\r\n\r\n";
}

std::string rule_call(std::string_view rule, std::string_view key) {
    return call(
        "POST /v1/trigger?method=triggerRule&issueId=A-1&ruleId=" + std::string(rule),
        "x-autopage-api-key",
        key
    );
}

std::string snapshot_call(std::string_view snapshot, std::string_view key) {
    return call("POST /v1/snapshots/" + std::string(snapshot), "jira-snapshots-api-key", key);
}

std::string page_call(std::string_view key) {
    return call("POST /take-snapshot/4711", "jira-snapshots-api-key", key);
}

/// Every byte of the response but the time of day.
std::string bytes_of(const RawResponse& response) {
    std::string head = response.head;
    const std::size_t date = head.find("\r\nDate: ");
    REQUIRE(date != std::string::npos);
    head.erase(date, head.find("\r\n", date + 2) - date);
    return head + "\r\n\r\n" + response.body;
}

void add_entries(CatalogFixture& fixture) {
    using Scope = ApiKey::Scope;
    constexpr const char* kLevels = R"("levels":[{"jql":"a = b","columns":["key"]}]})";
    fixture.put(
        "snapshot/still", R"({"site":"acme","enabled":false,"page":"1",)" + std::string(kLevels)
    );
    fixture.put("snapshot/shut", R"({"site":"closed","page":"2",)" + std::string(kLevels));
    fixture.add_key("s1", "snapshot-key-still", Scope::kSnapshot, "acme", "still");
    fixture.add_key("s2", "snapshot-key-shut", Scope::kSnapshot, "closed", "shut");
    fixture.add_key("s3", "snapshot-key-old", Scope::kSnapshot, "acme", "weekly", 5);
    fixture.add_key("s4", "site-key-closed", Scope::kSite, "closed", "");
    fixture.add_key("s5", "site-key-old", Scope::kSite, "acme", "", 5);
}

}  // namespace

TEST_CASE("Every reason to refuse a key gives the same bytes", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.with_sink([&](FakeSink&) { add_entries(ingress.fixture()); });
    SocketClient client(ingress.port());
    const std::string expected = bytes_of(client.exchange(rule_call("release", "wrong")));
    CHECK(expected.starts_with("HTTP/1.1 403 "));
    const std::string long_key(4'000, 'x');
    for (const std::string& refused : std::vector<std::string>{
             rule_call("release", ""),
             "POST /v1/trigger?method=triggerRule&issueId=A-1&ruleId=release HTTP/1.1\r\n"
             "Host: a\r\n\r\n",
             "POST /v1/trigger HTTP/1.1\r\nHost: a\r\n\r\n",
             rule_call("release", long_key),
             rule_call("release", kExpiredKey),
             rule_call("release", kOtherRuleKey),
             rule_call("release", kSnapshotKey),
             rule_call("release", kSiteKey),
             rule_call("nonsense", kRuleKey),
             rule_call("gone", "rule-key-gone"),
             rule_call("off", "rule-key-off"),
             rule_call("shut", "rule-key-shut"),
             snapshot_call("weekly", ""),
             snapshot_call("weekly", "wrong"),
             snapshot_call("weekly", "snapshot-key-old"),
             snapshot_call("weekly", kRuleKey),
             snapshot_call("weekly", kSiteKey),
             snapshot_call("nonsense", kSnapshotKey),
             snapshot_call("still", "snapshot-key-still"),
             snapshot_call("shut", "snapshot-key-shut"),
             page_call(""),
             page_call("wrong"),
             page_call("site-key-old"),
             page_call(kSnapshotKey),
             page_call("site-key-closed"),
         }) {
        INFO(refused.substr(0, 200));
        CHECK(bytes_of(client.exchange(refused)) == expected);
    }
    for (const std::string& taken :
         {rule_call("release", kRuleKey),
          snapshot_call("weekly", kSnapshotKey),
          page_call(kSiteKey)}) {
        CHECK(client.exchange(taken).status == 202);
    }
}

TEST_CASE("Keys that open something are reported to Redis, and no others", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient client(ingress.port());
    CHECK(client.exchange(rule_call("release", kRuleKey)).status == 202);
    CHECK(client.exchange(page_call(kSiteKey)).status == 202);
    CHECK(client.exchange(rule_call("release", kExpiredKey)).status == 403);
    ingress.with_service([](TriggerService& service) { service.report_key_uses(); });
    const UnixMillis now = ingress.clock().unix_now();
    ingress.with_sink([&](FakeSink&) {
        CHECK(
            ingress.redis().key_uses == std::map<std::string, UnixMillis>{{"k1", now}, {"k4", now}}
        );
    });
}

TEST_CASE("A header that decides about a call is there once", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    const std::string good = rule_call("release", kRuleKey);
    const std::string ending = "\r\n";
    for (const std::string_view more :
         {"X-Autopage-Api-Key: other\r\n",
          "Idempotency-Key: a\r\nidempotency-key: b\r\n",
          "X-Hub-Signature: sha256=0\r\nX-Hub-Signature: sha256=1\r\n"}) {
        INFO(more);
        std::string twice = good;
        twice.insert(twice.size() - ending.size(), more);
        const RawResponse refused = SocketClient(ingress.port()).exchange(twice);
        CHECK(refused.status == 400);
        CHECK(refused.body.find("more than once") != std::string::npos);
    }
    std::string harmless = good;
    harmless.insert(harmless.size() - ending.size(), "Via: 1.1 a\r\nVia: 1.1 b\r\n");
    CHECK(SocketClient(ingress.port()).exchange(harmless).status == 202);
}

TEST_CASE("Without Redis triggers are taken as ever", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    ingress.with_sink([&](FakeSink&) { ingress.redis().is_down = true; });
    SocketClient client(ingress.port());
    for (int i = 0; i < 3; ++i) {
        CHECK(client.exchange(rule_call("release", kRuleKey)).status == 202);
        ingress.with_service([](TriggerService& service) { service.report_key_uses(); });
    }
}

TEST_CASE("After Kafka was away nothing rests on what the catalog was before", "[ingress]") {
    TestIngress ingress;
    ingress.answer_all(Persistence::kPersisted);
    SocketClient client(ingress.port());
    const std::string trigger = rule_call("release", "rule-key-release");
    CHECK(client.exchange(trigger).status != 503);
    ingress.readiness().set_kafka_problem("Kafka: nobody answers.");
    ingress.clock().advance(Millis(100));
    ingress.readiness().set_kafka_problem("");
    CHECK(client.exchange(trigger).status == 503);
    ingress.fixture().catalog().confirm(ingress.clock().steady_now());
    CHECK(client.exchange(trigger).status != 503);
}

TEST_CASE("While the catalog is not confirmed no key opens a job status", "[ingress]") {
    TestIngress ingress;
    const std::string get = call(
        "GET /v1/jobs/0123456789abcdef0123456789abcdef", "x-autopage-api-key", "rule-key-release"
    );
    SocketClient before(ingress.port());
    CHECK(before.exchange(get).status != 503);
    ingress.clock().advance(Millis(5001));
    SocketClient after(ingress.port());
    const RawResponse response = after.exchange(get);
    CHECK(response.status == 503);
    CHECK(response.head.find("Retry-After") != std::string::npos);
}
