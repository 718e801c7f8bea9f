#include <algorithm>

#include "common/json/json_value.h"
#include "ingress/admin/kafka_findings.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

using Level = Finding::Level;

const std::vector<TopicSpec> kSpecs{
    {.name = "p.catalog",
     .config = {{"cleanup.policy", "compact"}, {"max.message.bytes", "5242880"}}},
    {.name = "p.jobs",
     .partitions = 24,
     .config = {{"cleanup.policy", "delete"}, {"retention.ms", "1000"}, {"retention.bytes", "-1"}}},
};

ClusterFacts good_cluster() {
    return {
        .brokers = 3,
        .topics =
            {{"p.catalog",
              {.partitions = 1,
               .replication = 3,
               .in_sync = 3,
               .config =
                   {{"cleanup.policy", "compact"},
                    {"max.message.bytes", "5242880"},
                    {"min.insync.replicas", "2"}}}},
             {"p.jobs",
              {.partitions = 6,
               .replication = 3,
               .in_sync = 3,
               .config =
                   {{"cleanup.policy", "delete"},
                    {"retention.ms", "-1"},
                    {"retention.bytes", "-1"},
                    {"min.insync.replicas", "2"}}}}},
        .group = {.state = "Stable", .members = 2}};
}

/// Finding of `subject` after `change` was made to a good cluster.
template <typename F>
Finding finding_after(const std::string& subject, F change) {
    ClusterFacts facts = good_cluster();
    change(facts);
    for (const Finding& finding : kafka_findings({.specs = kSpecs, .facts = facts}, "g")) {
        if (finding.subject == subject) return finding;
    }
    return {.level = Level::kOk, .subject = "", .message = "there is no such finding"};
}

}  // namespace

TEST_CASE("A good cluster has one good finding for each part", "[ingress][doctor]") {
    const auto findings = kafka_findings({.specs = kSpecs, .facts = good_cluster()}, "g");
    CHECK(
        findings ==
        std::vector<Finding>{
            {.level = Level::kOk, .subject = "Kafka", .message = "3 brokers answer"},
            {.level = Level::kOk,
             .subject = "topic p.catalog",
             .message = "1 partition, 3 copies, min.insync.replicas 2"},
            {.level = Level::kOk,
             .subject = "topic p.jobs",
             .message = "6 partitions, 3 copies, min.insync.replicas 2"},
            {.level = Level::kOk,
             .subject = "workers",
             .message = "2 members in the group g, state Stable"},
        }
    );
}

TEST_CASE("What is wrong with a topic is found, with what to do", "[ingress][doctor][I4]") {
    struct Row {
        void (*change)(TopicFacts&);
        Level level;
        const char* words;
    };

    const auto row = GENERATE(values<Row>({
        {[](TopicFacts& t) { t = {}; }, Level::kFail, "pagepressctl topics create"},
        {[](TopicFacts& t) { t.leaderless = 2; }, Level::kFail, "2 partitions have no leader"},
        {[](TopicFacts& t) { t.in_sync = 1; }, Level::kFail, "1 copy is in sync, 2 must be"},
        {[](TopicFacts& t) { t.in_sync = 2; }, Level::kWarn, "only 2 of 3 copies are in sync"},
        {[](TopicFacts& t) { t.config["min.insync.replicas"] = "4"; },
         Level::kWarn,
         "min.insync.replicas 4 is more than its 3 copies"},
        {[](TopicFacts& t) {
             t.config["min.insync.replicas"] = "4";
             t.in_sync = 2;
         },
         Level::kFail,
         "2 copies are in sync, 3 must be"},
        {[](TopicFacts& t) { t.config["min.insync.replicas"] = "1"; },
         Level::kWarn,
         "--add-config min.insync.replicas=2"},
        {[](TopicFacts& t) { t.replication = t.in_sync = 1; },
         Level::kWarn,
         "is more than its 1 copy, and older brokers take no records then"},
        {[](TopicFacts& t) { t.replication = t.in_sync = 1; },
         Level::kWarn,
         "has one copy: a lost disk loses its records"},
        {[](TopicFacts& t) { t.config["cleanup.policy"] = "compact"; },
         Level::kFail,
         "--entity-name p.jobs --add-config cleanup.policy=delete"},
        {[](TopicFacts& t) { t.config["retention.ms"] = "999"; },
         Level::kWarn,
         "retention.ms is 999, less than it should be"},
        {[](TopicFacts& t) { t.config["retention.bytes"] = "1000000"; },
         Level::kWarn,
         "retention.bytes is 1000000"},
        {[](TopicFacts& t) { t.config["unclean.leader.election.enable"] = "true"; },
         Level::kWarn,
         "unclean.leader.election.enable=false"},
        {[](TopicFacts& t) { t.config.clear(); }, Level::kWarn, "cannot be told"},
    }));
    const Finding finding = finding_after("topic p.jobs", [&](ClusterFacts& facts) {
        row.change(facts.topics["p.jobs"]);
    });
    CAPTURE(finding.message, row.words);
    CHECK(finding.level == row.level);
    CHECK(finding.message.find(row.words) != std::string::npos);
}

TEST_CASE("What is wrong with all topics is said once, what is right not at all", "[doctor][I4]") {
    ClusterFacts facts = good_cluster();
    CHECK(topic_problems({.specs = kSpecs, .facts = facts}).empty());
    for (auto& [name, topic] : facts.topics) {
        topic.replication = topic.in_sync = 1;
        topic.config["min.insync.replicas"] = "1";
    }
    facts.topics["p.jobs"].leaderless = 1;
    const auto problems = topic_problems({.specs = kSpecs, .facts = facts});
    REQUIRE(problems.size() == 2);
    CHECK(problems[0].subject == "topic p.catalog");
    CHECK(problems[0].message.contains("a lost disk loses its records"));
    CHECK(problems[1].level == Level::kFail);
    facts.topics["p.jobs"].leaderless = 0;
    const auto same = topic_problems({.specs = kSpecs, .facts = facts});
    REQUIRE(same.size() == 1);
    CHECK(same[0].subject == "topic p.catalog, topic p.jobs");
    CHECK(topic_problems({.specs = kSpecs, .facts = fail(ErrorCode::kUnavailable, "")}).empty());
}

TEST_CASE("A catalog of several partitions and a group without members fail", "[ingress][doctor]") {
    const Finding catalog = finding_after("topic p.catalog", [](ClusterFacts& facts) {
        facts.topics["p.catalog"].partitions = 3;
    });
    CHECK(catalog.level == Level::kFail);
    const Finding empty =
        finding_after("workers", [](ClusterFacts& facts) { facts.group.members = 0; });
    CHECK(empty.level == Level::kFail);
    CHECK(empty.message.find("start a pagepress-worker") != std::string::npos);
    const Finding unknown = finding_after("workers", [](ClusterFacts& facts) { facts.group = {}; });
    CHECK(unknown.level == Level::kWarn);
}

TEST_CASE("Workers are not blamed for topics that are not there yet", "[ingress][doctor]") {
    const std::string state = GENERATE("", "Dead", "Empty");
    const auto lose_jobs = [&](ClusterFacts& facts) {
        facts.topics.erase("p.jobs");
        facts.group = {.state = state, .members = 0};
    };
    const Finding waiting = finding_after("workers", lose_jobs);
    CHECK(waiting.level == Level::kWarn);
    CHECK(waiting.message.starts_with("not checked, since topics are missing"));
    const Finding joined =
        finding_after("workers", [](ClusterFacts& facts) { facts.topics.erase("p.jobs"); });
    CHECK(joined.level == Level::kOk);
}

TEST_CASE("What brokers that do not answer leave unknown is said to be so", "[ingress][doctor]") {
    const auto findings =
        kafka_findings({.specs = kSpecs, .facts = fail(ErrorCode::kUnavailable, "no")}, "g");
    REQUIRE(findings.size() == 3);
    CHECK(findings[0].level == Level::kFail);
    CHECK(findings[0].message == "no; check --kafka-brokers, and that the brokers run");
    CHECK(findings[1].subject == "topics");
    CHECK(findings[2].subject == "workers");
    for (const Finding& unknown : {findings[1], findings[2]}) {
        CHECK(unknown.level == Level::kWarn);
        CHECK(unknown.message == "not checked, since Kafka does not answer");
    }
}

namespace {

/// Findings of the route by subject.
std::map<std::string, Finding> doctor(Admin& admin, const std::string& query = "") {
    const HttpReply reply = admin.call("GET", "/admin/v1/doctor" + query);
    CHECK(reply.status == 200);
    const auto body = parse_json(reply.body, "the reply");
    REQUIRE(body);
    std::map<std::string, Finding> findings;
    for (const Finding& finding : findings_from(*find(*body, "findings"))) {
        findings[finding.subject] = finding;
    }
    return findings;
}

}  // namespace

TEST_CASE("The doctor route reads the webhook secrets of sites", "[ingress][doctor]") {
    Admin admin;
    const TempDir folder;
    const auto put = [&](const std::string& id, const std::string& file) {
        admin.fixture.put(
            "site/" + id,
            R"({"jira_url":"https://a.example","confluence_url":"https://a.example/wiki",)"
            R"("auth":"basic","secret_file":"/none","webhook_secret_file":")" +
                file + R"("})"
        );
    };
    put("good", folder.write("good", "one\ntwo\n"));
    put("empty", folder.write("empty", "\n"));
    put("one", folder.write("one", "one"));
    put("many", folder.write("many", "1\n2\n3\n4\n5\n"));
    put("long", folder.write("long", std::string(4097, 'x')));
    put("gone", folder.path() + "/gone");
    auto findings = doctor(admin);
    CHECK(findings["webhook secret of good"].level == Level::kOk);
    CHECK(findings["webhook secret of good"].message == "the file holds 2 secrets");
    CHECK(findings["webhook secret of one"].message == "the file holds 1 secret");
    const auto check_refused = [&](const std::string& id, const std::string& reason) {
        const Finding finding = findings["webhook secret of " + id];
        CAPTURE(finding.message);
        CHECK(finding.level == Level::kFail);
        CHECK(finding.message.starts_with(reason));
        // An ingress keeps what it has read, so 403 alone would be false.
        CHECK(finding.message.contains("stay in force until the ingress restarts"));
        CHECK(finding.message.contains("write one to four secrets"));
        CHECK_FALSE(finding.message.contains("64 KiB"));
    };
    check_refused("empty", "the secret file '" + folder.path() + "/empty' is empty");
    check_refused("many", "a file of webhook secrets must hold one to four");
    check_refused("long", "a file of webhook secrets may have 4096 bytes");
    check_refused(
        "gone", "the secret file '" + folder.path() + "/gone' cannot be read: No such file"
    );
    CHECK_FALSE(findings.contains("webhook secret of acme"));
}

TEST_CASE("The doctor route judges readiness, Redis and the workers' group", "[ingress][doctor]") {
    Admin admin;
    admin.redis.replies["INFO"] = "# Server\r\nredis_version:7.0.15\r\nredis_mode:standalone\r\n";
    admin.redis.lists["CONFIG"] = {"maxmemory-policy", "noeviction"};
    admin.redis.lists["TIME"] = {std::to_string(admin.clock.unix_now() / 1000), "0"};
    auto findings = doctor(admin, "?group=blue+ones");
    CHECK(admin.asked_group == "blue ones");
    CHECK(findings["catalog"].message == "2 sites, 4 rules, 1 snapshot, 8 keys");
    CHECK(findings["ingress"].level == Level::kFail);
    CHECK(findings["Kafka"].level == Level::kOk);
    CHECK(findings["Redis"].message == "version 7.0.15 answers");
    CHECK(findings["Redis policy"].level == Level::kOk);
    CHECK(findings["clock of Redis"].level == Level::kOk);
    admin.readiness.set_kafka_problem("");
    admin.fixture.catalog().confirm(admin.clock.steady_now());
    admin.redis.replies["INFO"] = "redis_version:6.0.16\r\n";
    admin.redis.lists["CONFIG"] = {"maxmemory-policy", "allkeys-lru"};
    admin.redis.lists["TIME"] = {std::to_string(admin.clock.unix_now() / 1000 + 60), "0"};
    findings = doctor(admin);
    CHECK(admin.asked_group == "pagepress-worker");
    CHECK(findings["ingress"].level == Level::kOk);
    CHECK(findings["Redis"].level == Level::kFail);
    CHECK(findings["Redis policy"].level == Level::kFail);
    CHECK(
        findings["Redis policy"].message.find("maxmemory-policy noeviction") != std::string::npos
    );
    CHECK(
        findings["clock of Redis"].message == "is 60 s off that of the ingress; let NTP set both"
    );
}

TEST_CASE(
    "The doctor route says that Redis is away, and wants the admin token", "[ingress][doctor]"
) {
    Admin admin;
    admin.redis.is_down = true;
    auto findings = doctor(admin);
    CHECK(findings["Redis"].level == Level::kFail);
    CHECK_FALSE(findings.contains("Redis policy"));
    CHECK(admin.call("GET", "/admin/v1/doctor", "", "", "wrong").status == 403);
    CHECK(admin.call("POST", "/admin/v1/doctor").status == 405);
}
