#include "ingress/auth/authenticator.h"

#include "tests/support/catch.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

TEST_CASE("A rule is open to its own key alone", "[ingress]") {
    CatalogFixture fixture;
    const FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    REQUIRE(authenticator.permit_rule(kRuleKey, "release").has_value());
    CHECK(authenticator.permit_rule(kRuleKey, "release").value()->id == "release");
    const auto denial = [&](std::string_view key, std::string_view rule) {
        const auto permit = authenticator.permit_rule(key, rule);
        REQUIRE_FALSE(permit.has_value());
        return permit.error();
    };
    CHECK(denial("", "release") == Denial::kNoKey);
    CHECK(denial("wrong", "release") == Denial::kUnknownKey);
    CHECK(denial(std::string(10'000, 'x'), "release") == Denial::kUnknownKey);
    CHECK(denial(kOtherRuleKey, "release") == Denial::kKeyOfOther);
    CHECK(denial(kSnapshotKey, "release") == Denial::kKeyOfOther);
    CHECK(denial(kSiteKey, "release") == Denial::kKeyOfOther);
    CHECK(denial(kExpiredKey, "release") == Denial::kExpiredKey);
    CHECK(denial(kRuleKey, "nonsense") == Denial::kKeyOfOther);
    CHECK(denial("rule-key-gone", "gone") == Denial::kUnknownSubject);
    CHECK(denial("rule-key-off", "off") == Denial::kSubjectDisabled);
    CHECK(denial("rule-key-shut", "shut") == Denial::kSiteDisabled);
}

TEST_CASE("A rule that moved to another site is closed to its old key", "[ingress]") {
    CatalogFixture fixture;
    const FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    fixture.add_key("k9", "foreign", ApiKey::Scope::kRule, "closed", "release");
    CHECK(authenticator.permit_rule("foreign", "release").error() == Denial::kUnknownSubject);
}

TEST_CASE("A key works until the moment it expires", "[ingress]") {
    CatalogFixture fixture;
    FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    fixture.add_key("k9", "soon", ApiKey::Scope::kRule, "acme", "release", clock.unix_now() + 1000);
    clock.advance(Millis(999));
    CHECK(authenticator.permit_rule("soon", "release").has_value());
    clock.advance(Millis(1));
    CHECK(authenticator.permit_rule("soon", "release").error() == Denial::kExpiredKey);
}

TEST_CASE("Snapshots take their own key, pages the site's global one", "[ingress]") {
    CatalogFixture fixture;
    const FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    CHECK(authenticator.permit_snapshot(kSnapshotKey, "weekly").has_value());
    CHECK(authenticator.permit_snapshot(kSiteKey, "weekly").error() == Denial::kKeyOfOther);
    CHECK(authenticator.permit_snapshot(kRuleKey, "weekly").error() == Denial::kKeyOfOther);
    REQUIRE(authenticator.permit_site(kSiteKey).has_value());
    CHECK(authenticator.permit_site(kSiteKey).value()->id == "acme");
    CHECK(authenticator.permit_site(kSnapshotKey).error() == Denial::kKeyOfOther);
}

TEST_CASE("A removed key stops working at once", "[ingress]") {
    CatalogFixture fixture;
    const FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    fixture.put(record_key(EntryKind::kApiKey, "k1"), "");
    CHECK(authenticator.permit_rule(kRuleKey, "release").error() == Denial::kUnknownKey);
}

TEST_CASE("All that is looked up is looked up whatever the key is", "[ingress]") {
    CatalogFixture fixture;
    const FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    const std::string long_key = std::string(kRuleKey) + std::string(10'000, 'x');

    struct Case {
        std::string_view key;
        std::string_view rule;
        std::string_view finds_key;  ///< its id; empty: none
    };

    for (const Case& refused : {
             Case{"", "release", ""},
             Case{"wrong", "release", ""},
             Case{long_key, "release", ""},
             Case{kExpiredKey, "release", "k5"},
             Case{kOtherRuleKey, "release", "k2"},
             Case{kSiteKey, "release", "k4"},
             Case{"rule-key-off", "off", "k6"},
             Case{"rule-key-shut", "shut", "k7"},
         }) {
        INFO(refused.key.substr(0, 20));
        const auto evidence = authenticator.evidence_for_rule(refused.key, refused.rule);
        REQUIRE(evidence.subject != nullptr);
        CHECK(evidence.subject->id == refused.rule);
        REQUIRE(evidence.site != nullptr);
        CHECK(evidence.site->id == evidence.subject->site);
        CHECK(evidence.key.at == clock.unix_now());
        CHECK((evidence.key.key == nullptr ? "" : evidence.key.key->id) == refused.finds_key);
        CHECK_FALSE(authenticator.permit_rule(refused.key, refused.rule).has_value());
    }
    CHECK(authenticator.evidence_for_rule("rule-key-gone", "gone").site->id == "acme");
    CHECK(authenticator.evidence_for_snapshot("", "weekly").site->id == "acme");
    CHECK(authenticator.evidence_for_snapshot(kExpiredKey, "none").site->id == "acme");
}

TEST_CASE("Only a key that opens something counts as used", "[ingress]") {
    CatalogFixture fixture;
    FakeClock clock;
    KeyUses uses;
    const Authenticator authenticator(fixture.catalog(), clock, uses);
    for (const std::string_view rule : {"other", "off", "shut", "gone", "nonsense"}) {
        CHECK_FALSE(authenticator.permit_rule(kRuleKey, rule).has_value());
    }
    CHECK_FALSE(authenticator.permit_rule(kExpiredKey, "release").has_value());
    CHECK_FALSE(authenticator.permit_rule("rule-key-off", "off").has_value());
    CHECK_FALSE(authenticator.permit_rule("rule-key-shut", "shut").has_value());
    CHECK_FALSE(authenticator.permit_site(kRuleKey).has_value());
    CHECK(uses.take().empty());
    CHECK(authenticator.permit_rule(kRuleKey, "release").has_value());
    clock.advance(Millis(7));
    CHECK(authenticator.permit_snapshot(kSnapshotKey, "weekly").has_value());
    CHECK(authenticator.permit_site(kSiteKey).has_value());
    CHECK(authenticator.find_key(kOtherRuleKey).has_value());
    const UnixMillis now = clock.unix_now();
    CHECK(uses.take() == KeyUseTimes{{"k1", now - 7}, {"k3", now}, {"k4", now}, {"k2", now}});
}

TEST_CASE("A job is shown to keys of its subject and to its site's key", "[ingress]") {
    ApiKey key;
    key.site = "acme";
    key.subject = "release";
    Job job;
    job.site = "acme";
    job.rule = "release";
    CHECK(may_see(key, job));
    job.rule = "other";
    CHECK_FALSE(may_see(key, job));
    job.rule = "release";
    job.site = "elsewhere";
    CHECK_FALSE(may_see(key, job));
    job.site = "acme";
    job.kind = JobKind::kSnapshot;
    job.snapshot = "release";
    CHECK_FALSE(may_see(key, job));
    key.scope = ApiKey::Scope::kSnapshot;
    CHECK(may_see(key, job));
    key.scope = ApiKey::Scope::kSite;
    key.subject.clear();
    CHECK(may_see(key, job));
}
