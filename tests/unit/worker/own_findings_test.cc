#include "worker/own_findings.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

using Level = Finding::Level;

TEST_CASE("A worker in order is ready, and its Redis answers", "[own_findings]") {
    const auto findings = own_findings({.catalog_age = Millis(5'000)});
    CHECK(
        findings ==
        std::vector<Finding>{
            {.level = Level::kOk, .subject = "worker", .message = "ready"},
            {.level = Level::kOk, .subject = "worker: Redis", .message = "answers"}}
    );
}

TEST_CASE("Kafka is missed before the worker stops being ready", "[own_findings]") {
    const auto quiet = own_findings({.catalog_age = Millis(7'400)}).front();
    CHECK(quiet.level == Level::kWarn);
    CHECK(quiet.message.starts_with("Kafka has not confirmed the catalog for 7 s: "));
    CHECK(quiet.message.ends_with("check --kafka-brokers, and that the brokers run"));
    const auto gone =
        own_findings({.obstacle = "not there", .catalog_age = Millis(31'000)}).front();
    CHECK(gone.level == Level::kFail);
    CHECK(gone.message == "not there");
}

TEST_CASE("A Redis that is away comes with what to do, once", "[own_findings]") {
    const auto away = own_findings({.redis = fail(ErrorCode::kUnavailable, "it is gone")}).back();
    CHECK(away.level == Level::kFail);
    CHECK(away.message.starts_with("it is gone; "));
    CHECK(away.message.ends_with("check --redis-address, and that it runs"));
    const auto refused =
        own_findings({.redis = fail(ErrorCode::kInvalidInput, "set the policy")}).back();
    CHECK(refused.message == "set the policy");
}
