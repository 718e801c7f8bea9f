// Dead letters through the admin API, over topics in memory.
#include <boost/json/array.hpp>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "ingress/admin/dead_letter.h"
#include "tests/support/catch.h"
#include "tests/unit/ingress/test_admin.h"

using namespace pagepress;
using namespace pagepress::ingress;
using namespace pagepress::test;

namespace {

namespace json = boost::json;

Job rule_job(int number, const std::string& issue) {
    return {
        .id = std::string(31, 'a') + std::to_string(number),
        .kind = JobKind::kRule,
        .site = "acme",
        .rule = "release",
        .issue = issue,
        .snapshot = {},
        .page_id = {},
        .accepted_at = 1,
    };
}

json::value body_of(const HttpReply& reply) {
    INFO(reply.body);
    return parse_json(reply.body, "reply").value();
}

std::vector<std::string> ids_of(const HttpReply& reply) {
    std::vector<std::string> ids;
    const json::value body = body_of(reply);
    for (const json::value& letter : find(body, "dead_letters")->as_array()) {
        ids.push_back(string_at(letter, "id"));
    }
    return ids;
}

using Ids = std::vector<std::string>;

/// Three letters of jobs and one that is no job, an hour apart.
struct Letters {
    Letters() {
        ids.push_back(admin.topics.bury(encode(rule_job(1, "A-1")), "no such issue", "not_found"));
        admin.clock.advance(std::chrono::hours(1));
        ids.push_back(admin.topics.bury(encode(rule_job(2, "a-2")), "no right", "forbidden"));
        admin.clock.advance(std::chrono::hours(1));
        ids.push_back(admin.topics.bury("rubbish", "not JSON", "corrupt"));
        admin.clock.advance(std::chrono::hours(1));
        ids.push_back(admin.topics.bury(encode(rule_job(3, "A-3")), "no right", "forbidden"));
    }

    HttpReply list(const std::string& query) {
        return admin.call("GET", "/admin/v1/dead-letters?" + query);
    }

    HttpReply redrive(const std::string& body) {
        return admin.call("POST", "/admin/v1/dead-letters/redrive", body, "", "janes-admin-token");
    }

    Admin admin;
    Ids ids;
};

}  // namespace

TEST_CASE("Dead letters are listed with what is known of them", "[dead_letters]") {
    Letters letters;
    const HttpReply reply = letters.list("");
    REQUIRE(reply.status == 200);
    CHECK(ids_of(reply) == letters.ids);
    const json::value body = body_of(reply);
    const json::value& first = find(body, "dead_letters")->as_array().at(0);
    CHECK(
        first == json::value(
                     {{"id", "0-0"},
                      {"job_id", std::string(31, 'a') + "1"},
                      {"kind", "rule"},
                      {"site", "acme"},
                      {"rule", "release"},
                      {"issue", "A-1"},
                      {"reason", "no such issue"},
                      {"code", "not_found"},
                      {"attempts", 3},
                      {"first_failed_at", "2023-11-14T22:12:20Z"},
                      {"failed_at", "2023-11-14T22:13:20Z"},
                      {"redrive", 0},
                      {"state", "dead"},
                      {"source", "5-77"}}
                 )
    );
    const json::value& third = find(body, "dead_letters")->as_array().at(2);
    CHECK(string_at(third, "kind") == "unreadable");
    CHECK(string_at(third, "reason") == "not JSON");
    CHECK(integer_at(third, "record_bytes") == 7);
}

TEST_CASE("Dead letters are filtered by what they are about, and by time", "[dead_letters]") {
    Letters letters;
    CHECK(ids_of(letters.list("issue=A-2")) == Ids{"0-1"});
    CHECK(ids_of(letters.list("code=forbidden&site=acme&rule=release")) == Ids{"0-1", "0-3"});
    CHECK(ids_of(letters.list("site=other")).empty());
    CHECK(ids_of(letters.list("since=90m")) == Ids{"0-2", "0-3"});
    CHECK(ids_of(letters.list("until=2023-11-14T23:13:20Z")) == Ids{"0-0", "0-1"});
    CHECK(ids_of(letters.list("job=" + std::string(31, 'a') + "3")) == Ids{"0-3"});
    CHECK(letters.list("sinse=2h").status == 400);
    CHECK(letters.list("since=yesterday").status == 400);
    CHECK(letters.list("state=gone").status == 400);
    CHECK(letters.list("limit=0").status == 400);
    CHECK(letters.list("limit=1001").status == 400);
    CHECK(letters.list("cursor=x!").status == 400);
}

TEST_CASE("Pages of dead letters follow each other without gaps", "[dead_letters]") {
    Letters letters;
    Ids seen;
    std::string cursor;
    for (int pages = 1;; ++pages) {
        const HttpReply reply = letters.list("limit=1" + cursor);
        for (const std::string& id : ids_of(reply)) seen.push_back(id);
        const std::string next = string_at(body_of(reply), "next");
        if (next.empty()) break;
        REQUIRE(pages < 10);
        cursor = "&cursor=" + next;
    }
    CHECK(seen == letters.ids);
}

TEST_CASE("A scan that runs out of time gives what it has and a cursor", "[dead_letters]") {
    Letters letters;
    (void)letters.list("");  // knows which letters were sent again by now
    letters.admin.topics.records_per_scan = 3;
    const HttpReply reply = letters.list("code=forbidden");
    CHECK(ids_of(reply) == Ids{"0-1"});
    const std::string next = string_at(body_of(reply), "next");
    CHECK(ids_of(letters.list("code=forbidden&cursor=" + next)) == Ids{"0-3"});
}

TEST_CASE("Until all marks are known no letter's state is told", "[dead_letters]") {
    Letters letters;
    letters.admin.topics.records_per_scan = 3;
    const HttpReply early = letters.list("");
    CHECK(early.status == 503);
    CHECK(early.body.find("ask again") != std::string::npos);
    CHECK(letters.list("").status == 200);
    letters.admin.topics.is_down = true;
    CHECK(letters.list("").status == 503);
}

TEST_CASE("An answer ends before large letters fill the memory", "[dead_letters]") {
    Letters letters;
    const std::string large(900'000, 'x');
    for (int i = 0; i < 60; ++i) letters.admin.topics.bury(large, "not JSON", "corrupt");
    const HttpReply first = letters.list("limit=1000");
    CHECK(ids_of(first).size() < 50);
    const std::string next = string_at(body_of(first), "next");
    CHECK(ids_of(first).size() + ids_of(letters.list("cursor=" + next)).size() == 64);
}

TEST_CASE("A letter is shown with its job", "[dead_letters]") {
    Letters letters;
    const HttpReply reply = letters.admin.call("GET", "/admin/v1/dead-letters/0-1");
    REQUIRE(reply.status == 200);
    CHECK(string_at(*find(body_of(reply), "job"), "issue") == "a-2");
    for (const char* const id : {"0-4", "1-0", "x", "0-", "-1"}) {
        CHECK(letters.admin.call("GET", std::string("/admin/v1/dead-letters/") + id).status == 404);
    }
    CHECK(letters.admin.call("DELETE", "/admin/v1/dead-letters/0-1").status == 405);
    CHECK(letters.admin.call("POST", "/admin/v1/dead-letters").status == 405);
    CHECK(letters.admin.call("GET", "/admin/v1/dead-letters/redrive").status == 405);
}

TEST_CASE("A redriven letter is the same job once more, and says so", "[dead_letters]") {
    Letters letters;
    const HttpReply reply = letters.redrive(R"({"ids":["0-0"]})");
    REQUIRE(reply.status == 200);
    CHECK(integer_at(body_of(reply), "redriven") == 1);
    Job expected = rule_job(1, "A-1");
    expected.redrive = 1;
    expected.catalog_offset = letters.admin.fixture.catalog().position();
    CHECK(letters.admin.topics.values("jobs") == std::vector{encode(expected)});
    CHECK(letters.admin.topics.topics["jobs"].front().record.key == route_key(expected));
    CHECK(ids_of(letters.list("state=redriven")) == Ids{"0-0"});
    CHECK(ids_of(letters.list("state=dead")) == Ids{"0-1", "0-2", "0-3"});
    const Record& mark = letters.admin.topics.topics["dead"].back().record;
    const auto has = [&](const std::string& name, const std::string& value) {
        return std::ranges::any_of(mark.headers, [&](const RecordHeader& header) {
            return header.name == name && header.value == value;
        });
    };
    CHECK(has("job_id", expected.id));
    CHECK(has("redrive", "1"));
    CHECK(has("by", "jane"));
    // Again: nothing is sent.
    const HttpReply again = letters.redrive(R"({"ids":["0-0"]})");
    CHECK(integer_at(body_of(again), "matched") == 0);
    CHECK(letters.admin.topics.topics["jobs"].size() == 1);
    const auto events = letters.admin.topics.values("audit");
    REQUIRE(events.size() == 1);
    CHECK(events[0].find(R"("type":"job.redriven","by":"jane")") != std::string::npos);
}

TEST_CASE("A dry run of a redrive by filter sends nothing", "[dead_letters]") {
    Letters letters;
    const std::string filter = R"("filter":{"site":"acme","code":"forbidden"})";
    const HttpReply dry = letters.redrive("{" + filter + R"(,"dry_run":true})");
    REQUIRE(dry.status == 200);
    CHECK(integer_at(body_of(dry), "matched") == 2);
    CHECK(integer_at(body_of(dry), "redriven") == 0);
    CHECK(ids_of(dry) == Ids{"0-1", "0-3"});
    CHECK(letters.admin.topics.topics["jobs"].empty());
    const HttpReply real = letters.redrive("{" + filter + "}");
    CHECK(integer_at(body_of(real), "redriven") == 2);
    CHECK(letters.admin.topics.topics["jobs"].size() == 2);
    CHECK(integer_at(body_of(letters.redrive("{" + filter + "}")), "matched") == 0);
}

TEST_CASE("A filter's text is taken whole", "[dead_letters]") {
    Letters letters;
    const HttpReply reply = letters.redrive(R"({"filter":{"site":"acme\u0000x"},"dry_run":true})");
    CHECK(reply.status == 200);
    CHECK(integer_at(body_of(reply), "matched") == 0);
}

TEST_CASE("An empty filter redrives every job, and leaves alone what is none", "[dead_letters]") {
    Letters letters;
    const HttpReply reply = letters.redrive(R"({"filter":{}})");
    CHECK(integer_at(body_of(reply), "redriven") == 3);
    CHECK(ids_of(letters.list("state=dead")) == Ids{"0-2"});
}

TEST_CASE("A letter whose job Kafka does not take stays dead", "[dead_letters]") {
    Letters letters;
    letters.admin.topics.refuses = [](const Record& record) {
        return record.topic == "jobs" && record.value.find("A-3") != std::string::npos;
    };
    const HttpReply reply = letters.redrive(R"({"filter":{"code":"forbidden"}})");
    CHECK(reply.status == 503);
    CHECK(reply.body.find("1 of 2 letters were sent again") != std::string::npos);
    CHECK(ids_of(letters.list("state=redriven")) == Ids{"0-1"});
    const HttpReply metrics = letters.admin.call("GET", "/metrics");
    CHECK(metrics.body.find("dead_letters_redriven_total 1\n") != std::string::npos);
    letters.admin.topics.refuses = {};
    CHECK(letters.redrive(R"({"filter":{"code":"forbidden"}})").status == 200);
    CHECK(ids_of(letters.list("state=redriven")) == Ids{"0-1", "0-3"});
}

TEST_CASE("A letter is only marked when its event is on the audit topic", "[dead_letters]") {
    Letters letters;
    const auto marks = [&] {
        return std::ranges::count_if(
            letters.admin.topics.topics["dead"],
            [](const ScannedRecord& record) { return marked_letter(record).has_value(); }
        );
    };
    letters.admin.topics.refuses = [](const Record& record) { return record.topic == "audit"; };
    CHECK(letters.redrive(R"({"ids":["0-0"]})").status == 200);
    CHECK(marks() == 0);
    CHECK(ids_of(letters.list("state=redriven")).empty());
    letters.admin.topics.refuses = {};
    // The same job with the same redrive number: a worker finds the first one's end.
    CHECK(letters.redrive(R"({"ids":["0-0"]})").status == 200);
    const auto jobs = letters.admin.topics.values("jobs");
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0] == jobs[1]);
    CHECK(letters.admin.topics.values("audit").size() == 1);
    CHECK(marks() == 1);
}

TEST_CASE("Large letters that are named are sent again in parts", "[dead_letters]") {
    Letters letters;
    Job job = rule_job(4, "");
    job.kind = JobKind::kBatch;
    job.batch =
        Batch{.select = Batch::Select::kJql, .rule = "release", .jql = std::string(800'000, 'x')};
    std::string ids;
    for (int i = 0; i < 60; ++i) {
        const std::string id = letters.admin.topics.bury(encode(job), "no such rule", "not_found");
        ids += (ids.empty() ? "\"" : ",\"") + id + "\"";
    }
    std::vector<std::int64_t> parts;
    std::string cursor;
    do {
        const HttpReply reply = letters.redrive(R"({"ids":[)" + ids + "]" + cursor + "}");
        REQUIRE(reply.status == 200);
        parts.push_back(integer_at(body_of(reply), "redriven").value_or(0));
        const std::string next = string_at(body_of(reply), "next");
        cursor = next.empty() ? next : R"(,"cursor":")" + next + "\"";
    } while (!cursor.empty());
    CHECK(parts == std::vector<std::int64_t>{42, 18});
    CHECK(letters.admin.topics.topics["jobs"].size() == 60);
    CHECK(letters.redrive(R"({"ids":["0-0"],"cursor":"x"})").status == 422);
}

TEST_CASE("A redrive that cannot be is refused with its reason", "[dead_letters]") {
    Letters letters;
    const HttpReply no_job = letters.redrive(R"({"ids":["0-0","0-2"]})");
    CHECK(no_job.status == 422);
    CHECK(no_job.body.find("0-2 is not a job") != std::string::npos);
    for (const char* const body :
         {R"({})",
          R"([])",
          R"({"ids":["0-0"],"filter":{}})",
          R"({"ids":[]})",
          R"({"ids":[7]})",
          R"({"ids":["0"]})",
          R"({"filter":{"isue":"A-1"}})",
          R"({"filter":{"issue":1}})",
          R"({"filter":{"issue":""}})",
          R"({"filter":{"state":"redriven"}})",
          R"({"filter":{},"dryrun":true})",
          R"({"filter":{},"dry_run":"yes"})"}) {
        INFO(body);
        CHECK(letters.redrive(body).status == 422);
    }
    CHECK(letters.redrive(R"({"ids":["0-99"]})").status == 404);
    CHECK(letters.redrive(R"({"filter":{"since":"soon"}})").status == 400);
    CHECK(letters.admin.topics.topics["jobs"].empty());
}

TEST_CASE("The status of a redriven job runs again at once", "[dead_letters]") {
    Letters letters;
    REQUIRE(letters.redrive(R"({"ids":["0-0"]})").status == 200);
    const auto& commands = letters.admin.redis.commands;
    const auto is_of_status = [](const RedisCommand& command) {
        return command.at(0) == "EVAL" &&
               command.at(3) == "pagepress:job:" + std::string(31, 'a') + "1";
    };
    CHECK(std::ranges::count_if(commands, is_of_status) == 1);
}
