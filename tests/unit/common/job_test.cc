#include "common/job/job.h"

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

Job rule_job() {
    return {
        .id = "00112233445566778899aabbccddeeff",
        .kind = JobKind::kRule,
        .site = "acme",
        .rule = "release",
        .issue = "proj-42",
        .snapshot = "",
        .page_id = "",
        .accepted_at = 1'790'000'000'123,
        .catalog_offset = 17,
        .redrive = 2,
    };
}

}  // namespace

TEST_CASE("A job survives encoding and decoding", "[job]") {
    const Job job = rule_job();
    const auto decoded = decode_job(encode(job));
    REQUIRE(decoded.has_value());
    CHECK(*decoded == job);
}

TEST_CASE("A batch survives encoding and decoding with all of its selections", "[job]") {
    Job job;
    job.id = "00112233445566778899aabbccddeeff";
    job.kind = JobKind::kBatch;
    job.site = "acme";
    job.accepted_at = 1;
    const auto check = [&](Batch batch) {
        job.batch = std::move(batch);
        const auto decoded = decode_job(encode(job));
        REQUIRE(decoded.has_value());
        CHECK(*decoded == job);
    };
    check({.select = Batch::Select::kIssues, .rule = "release", .issues = {"A-1", "10042"}});
    check({.select = Batch::Select::kJql, .rule = "release", .jql = "project = \"A\""});
    check({.select = Batch::Select::kSnapshots, .snapshots = {"open", "done"}});
    check({.select = Batch::Select::kPage, .page_id = "123"});
    check({.select = Batch::Select::kSpace, .space = "DOC"});
    check({.select = Batch::Select::kSite, .spread = std::chrono::minutes(30)});
    CHECK(route_key(job) == "acme/batch/00112233445566778899aabbccddeeff");
}

TEST_CASE("A batch without what its selection needs is refused", "[job]") {
    Job job;
    job.id = "00112233445566778899aabbccddeeff";
    job.kind = JobKind::kBatch;
    job.site = "acme";
    CHECK_FALSE(decode_job(encode(job)).has_value());
    job.batch = Batch{.select = Batch::Select::kIssues, .rule = "release"};
    CHECK_FALSE(decode_job(encode(job)).has_value());
    const std::string head =
        R"({"v":1,"id":"00112233445566778899aabbccddeeff","kind":"batch","site":"acme",)"
        R"("accepted_at":1,"batch":{"select":"issues","rule":"release","issues":)";
    CHECK(decode_job(head + R"(["A-1"]}})").has_value());
    CHECK_FALSE(decode_job(head + R"(["A-1",10042]}})").has_value());
    CHECK_FALSE(decode_job(head + R"("A-1"}})").has_value());
    CHECK_FALSE(decode_job(head + R"(["A-1"],"spread_ms":-1}})").has_value());
}

TEST_CASE("A child keeps its parent and its time, and its id depends on both parts", "[job]") {
    Job child = rule_job();
    child.parent = "ffeeddccbbaa99887766554433221100";
    child.not_before = 1'790'000'100'000;
    CHECK(decode_job(encode(child)).value() == child);
    CHECK(child_job_id("p", "s") == child_job_id("p", "s"));
    CHECK(child_job_id("p", "s") != child_job_id("ps", ""));
    CHECK(child_job_id("p", "s") != derived_job_id("p", "s", ""));
}

TEST_CASE("Decoding refuses what is not a whole job of version 1", "[job]") {
    const std::string good = encode(rule_job());
    for (const std::string& bad :
         {std::string(),
          std::string("[]"),
          std::string("{"),
          std::string(R"({"v":2})"),
          good.substr(0, good.size() - 1),
          std::string(R"({"v":1,"id":"a","kind":"rule","site":"s"})")}) {
        const auto decoded = decode_job(bad);
        REQUIRE_FALSE(decoded.has_value());
        CHECK(decoded.error().code == ErrorCode::kCorrupt);
    }
}

TEST_CASE("The route key ignores the case of an issue key", "[job]") {
    Job upper = rule_job();
    upper.issue = "PROJ-42";
    CHECK(route_key(rule_job()) == route_key(upper));
    CHECK(route_key(upper) == "acme/rule/release/PROJ-42");
}

TEST_CASE("Derived job ids separate their parts", "[job][W30]") {
    CHECK(derived_job_id("ab", "c", "k") != derived_job_id("a", "bc", "k"));
    CHECK(derived_job_id("a", "b", "k") == derived_job_id("a", "b", "k"));
    CHECK(derived_job_id("a", "b", "k").size() == 32);
}

TEST_CASE("Equal ids of two sites are nothing to each other", "[job][W30]") {
    CHECK(
        derived_job_id("acme", "key/k/x", "run-7") != derived_job_id("umbrella", "key/k/x", "run-7")
    );
    CHECK(rule_page_key("acme", "r", "10042") != rule_page_key("umbrella", "r", "10042"));
    CHECK(site_page_key("acme", "4711") != site_page_key("umbrella", "4711"));
    for (const JobKind kind : {JobKind::kRule, JobKind::kSnapshot, JobKind::kPage}) {
        Job job = rule_job();
        job.kind = kind;
        job.page_id = "4711";
        Job other = job;
        other.site = "umbrella";
        CHECK(route_key(job) != route_key(other));
    }
}

TEST_CASE("Issue keys and numeric ids are told apart from anything else", "[job]") {
    CHECK(is_numeric_id("10042"));
    CHECK_FALSE(is_numeric_id(""));
    CHECK_FALSE(is_numeric_id("010042"));
    CHECK_FALSE(is_numeric_id("0"));
    CHECK_FALSE(is_numeric_id("12345678901234567890"));
    CHECK(is_issue_key("PROJ-42"));
    CHECK(is_issue_key("a_b2-1"));
    for (const char* bad : {"PROJ", "-1", "PROJ-", "1A-2", "PR OJ-1", "PROJ-4x", "../x-1"}) {
        CHECK_FALSE(is_issue_key(bad));
    }
}

TEST_CASE("What is kept of a job beside its record leaves its batch out", "[job]") {
    Job job;
    job.id = std::string(32, 'a');
    job.kind = JobKind::kBatch;
    job.site = "acme";
    job.accepted_at = 5;
    job.batch = Batch{.select = Batch::Select::kIssues, .rule = "release"};
    for (int i = 1; i <= 10'000; ++i) job.batch->issues.push_back("PROJ-" + std::to_string(i));
    const std::string summary = encode_summary(job);
    CHECK(summary.size() < 200);
    CHECK_FALSE(decode_job(summary));  // a batch without what it stands for cannot be pressed
    const auto kept = decode_summary(summary);
    REQUIRE(kept);
    const auto of_record = decode_summary(encode(job));
    REQUIRE(of_record);
    job.batch.reset();
    CHECK(*kept == job);
    CHECK(*of_record == job);
}
