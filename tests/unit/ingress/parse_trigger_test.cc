#include "ingress/triggers/parse_trigger.h"

#include "tests/support/catch.h"
#include "tests/unit/ingress/fakes.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

struct Parser {
    ParsedTrigger rule(std::string_view query, std::string_view headers) {
        return parser.parse_rule(RawRequest(
            "POST /v1/trigger?" + std::string(query) + " HTTP/1.1\r\nHost: a\r\n" +
            std::string(headers) + "\r\n"
        ));
    }

    ParsedTrigger rule(std::string_view query) {
        return rule(query, "x-autopage-api-key: " + std::string(kRuleKey) + "\r\n");
    }

    ParsedTrigger page(std::string_view id, std::string_view key) {
        return parser.parse_page(request_with(key), id);
    }

    ParsedTrigger snapshot(std::string_view id, std::string_view key) {
        return parser.parse_snapshot(request_with(key), id);
    }

    static RawRequest request_with(std::string_view key) {
        return RawRequest(
            "POST / HTTP/1.1\r\nHost: a\r\njira-snapshots-api-key: " + std::string(key) + "\r\n\r\n"
        );
    }

    CatalogFixture fixture;
    FakeClock clock;
    CountingRandom random;
    KeyUses uses;
    Authenticator authenticator{fixture.catalog(), clock, uses};
    TriggerParser parser{fixture.catalog(), clock, random, authenticator};
};

std::string detail_of(const ParsedTrigger& parsed) {
    REQUIRE_FALSE(parsed.has_value());
    REQUIRE(std::holds_alternative<BadCall>(parsed.error()));
    return std::get<BadCall>(parsed.error()).detail;
}

Denial denial_of(const ParsedTrigger& parsed) {
    REQUIRE_FALSE(parsed.has_value());
    REQUIRE(std::holds_alternative<Denial>(parsed.error()));
    return std::get<Denial>(parsed.error());
}

}  // namespace

TEST_CASE("A rule trigger becomes a job with what it was accepted under", "[ingress]") {
    Parser parser;
    const auto parsed = parser.rule("method=triggerRule&ruleId=release&issueId=PROJ-42");
    REQUIRE(parsed.has_value());
    const Job* job = &parsed->job;
    CHECK(job->id == "000102030405060708090a0b0c0d0e0f");
    CHECK(job->kind == JobKind::kRule);
    CHECK(job->site == "acme");
    CHECK(job->rule == "release");
    CHECK(job->issue == "PROJ-42");
    CHECK(job->accepted_at == parser.clock.unix_now());
    CHECK(job->catalog_offset == parser.fixture.catalog().position());
    CHECK(parser.rule("method=triggerRule&ruleId=release&issueId=10001")->job.issue == "10001");
}

TEST_CASE("What a caller gives wrong is named", "[ingress]") {
    Parser parser;
    const std::string good = "method=triggerRule&ruleId=release";
    CHECK(
        detail_of(parser.rule("ruleId=release&issueId=A-1")).find("'method' is missing") !=
        std::string::npos
    );
    CHECK(
        detail_of(parser.rule("method=other&ruleId=release&issueId=A-1")).find("'method'") !=
        std::string::npos
    );
    CHECK(
        detail_of(parser.rule("method=triggerRule&issueId=A-1")).find("'ruleId' is missing") !=
        std::string::npos
    );
    CHECK(detail_of(parser.rule(good)).find("'issueId' is missing") != std::string::npos);
    for (const std::string issue :
         {"",
          "A",
          "A-",
          "-1",
          "1A-1",
          "A-1x",
          "A%20B-1",
          "12345678901234567890",
          "%C3%28-1",
          "%FF%FE",
          "A-1%00"}) {
        INFO(issue);
        CHECK(
            detail_of(parser.rule(good + "&issueId=" + issue)).find("'issueId' must be") !=
            std::string::npos
        );
    }
    CHECK(
        detail_of(parser.rule(good + "&issueId=%zz")).find("percent-encoding") != std::string::npos
    );
    CHECK(
        detail_of(parser.rule("method=triggerRule&ruleId=%FF&issueId=A-1")).find("'ruleId'") !=
        std::string::npos
    );
    CHECK(detail_of(parser.rule(good + "&issueId=" + std::string(100, 'A') + "-1")).size() > 0);
    REQUIRE(parser.rule(good + "&issueId=A-1").has_value());
}

TEST_CASE(
    "An unknown rule is refused as a wrong key is, and before its issue is looked at", "[ingress]"
) {
    Parser parser;
    CHECK(
        denial_of(parser.rule("method=triggerRule&ruleId=nonsense&issueId=bad")) ==
        Denial::kKeyOfOther
    );
    CHECK(denial_of(parser.rule("", "")) == Denial::kNoKey);
    CHECK(
        denial_of(parser.rule(
            "method=triggerRule&ruleId=release&issueId=A-1", "x-autopage-api-key: wrong\r\n"
        )) == Denial::kUnknownKey
    );
    CHECK(
        denial_of(parser.rule(
            "method=triggerRule&ruleId=release&issueId=A-1",
            "jira-snapshots-api-key: " + std::string(kRuleKey) + "\r\n"
        )) == Denial::kNoKey
    );
}

TEST_CASE("Snapshot and page triggers become jobs of their page", "[ingress]") {
    Parser parser;
    const auto snapshot = parser.snapshot("weekly", kSnapshotKey);
    REQUIRE(snapshot.has_value());
    CHECK(snapshot->job.kind == JobKind::kSnapshot);
    CHECK(snapshot->job.snapshot == "weekly");
    CHECK(snapshot->job.page_id == "4711");
    const auto page = parser.page("4711", kSiteKey);
    REQUIRE(page.has_value());
    CHECK(page->job.kind == JobKind::kPage);
    CHECK(route_key(page->job) == route_key(snapshot->job));
    CHECK(detail_of(parser.page("47a11", kSiteKey)).find("page id") != std::string::npos);
    CHECK(
        detail_of(parser.snapshot("we/ekly", kSnapshotKey)).find("snapshot id") != std::string::npos
    );
    CHECK(denial_of(parser.page("4711", kSnapshotKey)) == Denial::kKeyOfOther);
}

TEST_CASE("An Idempotency-Key fixes the job id; without one two calls are two jobs", "[ingress]") {
    Parser parser;
    const std::string query = "method=triggerRule&ruleId=release&issueId=PROJ-42";
    const std::string key = "x-autopage-api-key: " + std::string(kRuleKey) + "\r\n";
    const auto first = parser.rule(query, key + "Idempotency-Key: run-7\r\n");
    REQUIRE(first.has_value());
    CHECK(parser.rule(query, key + "Idempotency-Key: run-7\r\n")->job.id == first->job.id);
    CHECK(parser.rule(query, key + "Idempotency-Key: run-8\r\n")->job.id != first->job.id);
    CHECK(
        parser
            .rule(
                "method=triggerRule&ruleId=release&issueId=PROJ-43",
                key + "Idempotency-Key: run-7\r\n"
            )
            ->job.id != first->job.id
    );
    CHECK(parser.rule(query)->job.id != parser.rule(query)->job.id);
    CHECK(
        detail_of(parser.rule(query, key + "Idempotency-Key: a b\r\n")).find("Idempotency-Key") !=
        std::string::npos
    );
    CHECK(
        detail_of(parser.rule(query, key + "Idempotency-Key: " + std::string(256, 'x') + "\r\n"))
            .find("Idempotency-Key") != std::string::npos
    );
}
