// The oracle of the chaos tier over histories written by hand: it must see what it is there for,
// and nothing else.
#include "tests/chaos/oracle.h"

#include "tests/chaos/page_version.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::chaos;

namespace {

const std::string kKey = "acme/rule/page/10001";

/// One issue, two triggers, a page that was made and brought up to date once: nothing is wrong.
Evidence good_history() {
    Evidence history;
    history.calls = {
        {.job_id = "a", .page_key = kKey, .needs = {{"DEMO-1", 1}}, .at = 1'000},
        {.job_id = "b", .page_key = kKey, .needs = {{"DEMO-1", 2}}, .at = 2'000},
    };
    history.versions = {
        {.page = "7",
         .number = 1,
         .page_key = kKey,
         .job_id = "a",
         .is_own = true,
         .shows = {{"DEMO-1", 1}}},
        {.page = "7",
         .number = 2,
         .page_key = kKey,
         .job_id = "b",
         .is_own = true,
         .shows = {{"DEMO-1", 2}}},
    };
    history.ends = {
        {"a", {.end = End::kDone, .page = "7", .version = 1}},
        {"b", {.end = End::kDone, .page = "7", .version = 2}},
    };
    history.records = {"a", "b"};
    return history;
}

/// What the oracle finds, in words.
std::vector<std::string> found(const Evidence& history) {
    std::vector<std::string> words;
    for (const Finding& finding : judge(history).findings) {
        words.emplace_back(name_of(finding.violation));
    }
    return words;
}

using Words = std::vector<std::string>;

}  // namespace

TEST_CASE("A history without a fault has no findings") {
    CHECK(found(good_history()) == Words{});
    CHECK(judge(good_history()).redundant == 0);
}

TEST_CASE("A job that got its 202 and is not on the topic is lost") {
    Evidence history = good_history();
    history.records.erase("b");
    history.versions.pop_back();
    history.ends.erase("b");
    CHECK(judge(history).count(Violation::kLost) == 2);   // on no topic, and without a status
    CHECK(judge(history).count(Violation::kStale) == 1);  // the page was never brought up to date
}

TEST_CASE("A job whose offset was committed too early is lost: it has neither end nor page") {
    Evidence history = good_history();
    history.calls.push_back({.job_id = "c", .page_key = "acme/rule/page/10002", .needs = {}});
    history.records.insert("c");
    CHECK(found(history) == Words{"lost", "lost"});
    // Even if Redis forgot its status: there is no page.
    history.redis_lost_at = 9'000;
    CHECK(found(history) == Words{"lost"});
}

TEST_CASE("A job whose status Redis forgot is fine if its page shows it") {
    Evidence history = good_history();
    history.ends.erase("a");
    history.redis_lost_at = 1'000;
    CHECK(found(history) == Words{});
    history.redis_lost_at = 999;
    CHECK(found(history) == Words{"lost"});
}

TEST_CASE("Two versions that show one job's content are a duplicate") {
    Evidence history = good_history();
    history.versions.push_back(history.versions.back());
    history.versions.back().number = 3;
    CHECK(found(history) == Words{"duplicate"});
    CHECK(judge(history).redundant == 1);
}

TEST_CASE("A version that only takes a page out of the trash is no effect of its job") {
    Evidence history = good_history();
    PageVersion restore = history.versions.front();
    restore.number = 2;
    restore.job_id = "b";
    restore.is_restore = true;
    history.versions.insert(history.versions.begin() + 1, restore);
    history.versions.back().number = 3;
    history.ends["b"].version = 3;
    CHECK(found(history) == Words{});
    // And it does not bring the page up to date.
    history.versions.pop_back();
    history.ends["b"].version = 2;
    CHECK(found(history) == Words{"stale"});
}

TEST_CASE("Two pages of one rule and issue are a duplicate") {
    Evidence history = good_history();
    history.versions.back().page = "8";
    history.versions.back().number = 1;
    history.ends["b"] = {.end = End::kDone, .page = "8", .version = 1};
    CHECK(found(history) == Words{"duplicate"});
}

TEST_CASE("A page that goes back to older data is stale") {
    Evidence history = good_history();
    history.calls.pop_back();
    history.versions.back().shows = {{"DEMO-1", 0}};
    CHECK(judge(history).count(Violation::kStale) == 2);  // it went back, and it shows too little
    CHECK(judge(history).findings.size() == 2);
}

TEST_CASE("A page that went back and was brought up to date again was stale all the same") {
    Evidence history = good_history();
    PageVersion again = history.versions.back();
    history.versions.back().shows = {{"DEMO-1", 0}};
    history.versions.back().job_id = "a2";
    history.records.insert("a2");
    again.number = 3;
    history.versions.push_back(again);
    history.ends["b"].version = 3;
    CHECK(found(history) == Words{"stale"});
}

TEST_CASE("A table that was frozen empty over rows is stale") {
    Evidence history = good_history();
    history.versions.back().shows = {};
    history.calls.back().needs = {};
    CHECK(judge(history).count(Violation::kStale) == 2);
}

TEST_CASE("A last trigger whose data the page never showed is stale") {
    Evidence history = good_history();
    history.calls.back().needs = {{"DEMO-1", 3}};
    CHECK(found(history) == Words{"stale"});
}

TEST_CASE("People's versions neither count as effects nor as data") {
    Evidence history = good_history();
    history.versions.push_back({.page = "7", .number = 3, .shows = {{"DEMO-1", 0}}});
    CHECK(found(history) == Words{});
}

TEST_CASE("What people wrote must stay on a page that they share with a snapshot") {
    Evidence history = good_history();
    history.versions.front().is_own = false;
    history.versions.front().notes = {"note-1"};
    history.ends.erase("a");
    history.redis_lost_at = 1'000;
    history.versions.back().notes = {"note-1"};
    history.shared_pages = {"7"};
    CHECK(found(history) == Words{});
    history.versions.back().notes = {};
    CHECK(found(history) == Words{"edit lost"});
    history.shared_pages = {};
    CHECK(found(history) == Words{});
}

TEST_CASE("A job that is still running when all is quiet is unfinished") {
    Evidence history = good_history();
    history.ends["b"] = {.end = End::kOpen};
    CHECK(found(history) == Words{"unfinished"});
    history = good_history();
    history.backlog = 3;
    CHECK(found(history) == Words{"unfinished"});
}

TEST_CASE("A status that claims what is not there is untrue") {
    Evidence history = good_history();
    history.ends["b"].version = 9;
    CHECK(found(history) == Words{"untrue"});
    history = good_history();
    history.ends["b"] = {.end = End::kDead};
    CHECK(found(history) == Words{"untrue"});
    history.letters = {"b"};
    CHECK(found(history) == Words{});
}

TEST_CASE("A version of ours that no job made is untrue") {
    Evidence history = good_history();
    history.versions.push_back(history.versions.back());
    history.versions.back().number = 3;
    history.versions.back().job_id = "nobody's";
    CHECK(found(history) == Words{"untrue"});
    history.versions.back().job_id = "";
    CHECK(found(history) == Words{"untrue"});
}

TEST_CASE("A process that ended by itself is a finding") {
    Evidence history = good_history();
    history.deaths = {"worker 1 ended with 134"};
    CHECK(found(history) == Words{"death"});
}

TEST_CASE("What does not run at the end is a finding, whoever made it stop") {
    Evidence history = good_history();
    history.missing = {"worker 1 does not listen"};
    CHECK(found(history) == Words{"missing"});
}

TEST_CASE("A run in which nothing was promised proves nothing") {
    CHECK(found(Evidence{}) == Words{"unproven"});
}

TEST_CASE("A backlog that the brokers do not tell is not taken for an empty one") {
    Evidence history = good_history();
    history.backlog = -1;
    CHECK(found(history) == Words{"unfinished"});
}

TEST_CASE("A published version is read with its stamp, its data and people's notes") {
    const std::string job(32, 'a');
    const auto version = page_version_from({
        .page = "7",
        .space = "DOC",
        .number = 2,
        .message = "pagepress page=" + kKey + " job=" + job + " text=abc",
        .author = "712020:0000-pagepress",
        .title = "DEMO-1",
        .created_at = 5,
        .body = "<p>DEMO-1 seq-12</p><td>DEMO-22 seq-3</td><p>DEMO-1 seq-11</p><p>note-4</p>",
    });
    const PageVersion expected{
        .page = "7",
        .number = 2,
        .page_key = kKey,
        .job_id = job,
        .is_own = true,
        .shows = {{"DEMO-1", 11}, {"DEMO-22", 3}},
        .notes = {"note-4"},
        .at = 5,
    };
    CHECK(version == expected);
    CHECK(freshness_of(summary_of("DEMO-3", 4)) == Freshness{{"DEMO-3", 4}});
}
