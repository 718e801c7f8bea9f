#include "ingress/auth/key_uses.h"

#include <deque>

#include "ingress/http/key_use_report.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

/// A report whose loop runs when the test says so.
struct Reporting {
    void run_loop() {
        while (!posted.empty()) {
            posted.front()();
            posted.pop_front();
        }
    }

    [[nodiscard]] std::size_t commands() const { return redis.commands.size(); }

    KeyUses uses;
    FakeRedis redis;
    std::deque<std::function<void()>> posted;
    KeyUseReport report{
        uses, redis, [this](std::function<void()> work) { posted.push_back(std::move(work)); }};
};

}  // namespace

TEST_CASE("The newest use of each key is kept until it is taken", "[ingress]") {
    KeyUses uses;
    uses.note("a", 5);
    uses.note("b", 6);
    uses.note("a", 9);
    uses.note("b", 2);
    CHECK(uses.take() == KeyUseTimes{{"a", 9}, {"b", 6}});
    CHECK(uses.take().empty());
    uses.note("a", 20);
    uses.put_back({{"a", 9}, {"b", 6}});
    CHECK(uses.take() == KeyUseTimes{{"a", 20}, {"b", 6}});
}

TEST_CASE("However many keys are used, the memory for it is bounded", "[ingress]") {
    KeyUses uses;
    for (std::size_t i = 0; i < KeyUses::kKeysMax + 10; ++i) uses.note(std::to_string(i), 1);
    uses.note("0", 2);
    const KeyUseTimes taken = uses.take();
    CHECK(taken.size() == KeyUses::kKeysMax);
    CHECK(taken.at("0") == 2);
}

TEST_CASE("Uses are told in parts, one after the other, and nothing is told twice", "[ingress]") {
    Reporting reporting;
    for (std::size_t i = 0; i <= kKeysPerCommandMax; ++i) {
        reporting.uses.note("k" + std::to_string(i), 7);
    }
    reporting.report.begin();
    CHECK(reporting.commands() == 1);
    CHECK(reporting.redis.key_uses.size() == kKeysPerCommandMax);
    reporting.uses.note("later", 8);
    reporting.report.begin();
    CHECK(reporting.commands() == 1);
    reporting.run_loop();
    CHECK(reporting.commands() == 2);
    CHECK(reporting.redis.key_uses.size() == kKeysPerCommandMax + 1);
    CHECK_FALSE(reporting.redis.key_uses.contains("later"));
    reporting.report.begin();
    reporting.run_loop();
    CHECK(reporting.commands() == 3);
    CHECK(reporting.redis.key_uses.at("later") == 8);
    reporting.report.begin();
    CHECK(reporting.commands() == 3);
}

TEST_CASE("What Redis does not take is told when it is back", "[ingress]") {
    Reporting reporting;
    for (std::size_t i = 0; i <= kKeysPerCommandMax; ++i) {
        reporting.uses.note("k" + std::to_string(i), 7);
    }
    reporting.redis.is_down = true;
    for (int i = 0; i < 3; ++i) {
        reporting.report.begin();
        reporting.run_loop();
    }
    CHECK(reporting.redis.key_uses.empty());
    CHECK(reporting.commands() == 3);
    reporting.redis.is_down = false;
    for (int i = 0; i < 2; ++i) {
        reporting.report.begin();
        reporting.run_loop();
    }
    CHECK(reporting.redis.key_uses.size() == kKeysPerCommandMax + 1);
}

TEST_CASE("An ingress that tells late does not take back what another told", "[ingress]") {
    Reporting reporting;
    reporting.redis.key_uses["k1"] = 50;
    reporting.uses.note("k1", 40);
    reporting.uses.note("k2", 40);
    reporting.report.begin();
    CHECK(reporting.redis.key_uses == std::map<std::string, UnixMillis>{{"k1", 50}, {"k2", 40}});
}
