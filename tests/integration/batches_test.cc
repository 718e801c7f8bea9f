// Batches through the real binaries, real Kafka and real Redis: the worker that dies in the middle,
// the person who does not wait for a batch, spread and cancel.
#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include <boost/json/serialize.hpp>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr std::chrono::minutes kPatience{5};

std::string issue_key(std::size_t number) {
    return "DEMO-" + std::to_string(number);
}

/// A list of the issues `from` … `to`.
std::string issues_document(std::size_t from, std::size_t to, const std::string& more = {}) {
    std::string text = R"({"rule":"page",)" + more + R"("issues":[)";
    for (std::size_t i = from; i <= to; ++i) {
        text += (i == from ? "\"" : ",\"") + issue_key(i) + "\"";
    }
    return text + "]}";
}

class Batches {
public:
    explicit Batches(int workers, std::map<std::string, std::string> worker_options = {})
        : stack(workers, std::move(worker_options)) {}

    std::string start(const std::string& body) {
        const auto answer = stack.call({
            .method = "POST",
            .url = "/v1/batches",
            .headers = {"jira-snapshots-api-key: " + stack.key("site")},
            .body = body,
        });
        if (answer.status != 202) FAIL(answer.body);
        return job_id_of(answer);
    }

    boost::json::value status(const std::string& id, const std::string& query = {}) {
        HttpAnswer answer;
        // 503 says to come again: Redis may be slower than its time-out on a busy machine.
        REQUIRE(eventually(kPatience, [&] {
            answer = stack.call({
                .method = "GET",
                .url = "/v1/batches/" + id + query,
                .headers = {"jira-snapshots-api-key: " + stack.key("site")},
            });
            return answer.status != 503;
        }));
        auto document = parse_json(answer.body, "batch");
        if (answer.status != 200 || !document) FAIL(answer.body);
        return *document;
    }

    std::int64_t count(const boost::json::value& status, const char* state) {
        const auto* counts = find(status, "counts");
        return counts == nullptr ? 0 : integer_at(*counts, state).value_or(0);
    }

    /// Waits by long polls until the batch is at its end.
    boost::json::value end_of(const std::string& id) {
        boost::json::value last;
        const auto is_over = [&] {
            last = status(id, "?wait=5s");
            const std::string word = string_at(last, "status");
            return word == "done" || word == "cancelled" || word == "dead";
        };
        if (!eventually(kPatience, is_over)) FAIL(string_at(last, "status"));
        return last;
    }

    void add_issues(int count) {
        stack.site.control("POST", "issues", R"({"count":)" + std::to_string(count) + "}");
    }

    Stack stack;
};

/// How often each job shows on a page.
std::map<std::string, int> versions_by_job(FakeAtlassianProcess& site) {
    std::map<std::string, int> versions;
    for (const PublishedVersion& version : site.versions()) {
        auto stamp = worker::stamp_from_version_message(version.message);
        if (version.number == 1) stamp = worker::stamp_from_body(version.body);
        if (stamp) ++versions[stamp->job_id];
    }
    return versions;
}

}  // namespace

TEST_CASE(
    "A worker killed while it puts a batch on Kafka loses and doubles none", "[batches][W23]"
) {
    constexpr std::size_t kThere = 400;
    constexpr std::size_t kListed = 4000;  // the others do not exist: their jobs end as dead
    Batches batches(1);
    batches.add_issues(kThere - 50);
    const std::string id = batches.start(issues_document(1, kListed));
    const auto is_under_way = [&] {
        return integer_at(batches.status(id), "total") == std::int64_t{kListed};
    };
    REQUIRE(eventually(kPatience, is_under_way));
    batches.stack.kill_worker(0);
    const auto cut = batches.status(id);
    CHECK(string_at(cut, "status") == "running");
    INFO("put on Kafka before the kill: " << boost::json::serialize(cut));
    batches.stack.restart_worker(0);
    const auto end = batches.end_of(id);
    INFO(boost::json::serialize(end));
    CHECK(string_at(end, "status") == "done");
    CHECK(integer_at(end, "total") == std::int64_t{kListed});
    CHECK(batches.count(end, "done") == kThere);
    CHECK(batches.count(end, "dead") == kListed - kThere);
    CHECK(string_at(batches.stack.job(id), "status") == "done");
    CHECK(integer_at(batches.stack.job(id), "attempts") == 2);
    const auto versions = versions_by_job(batches.stack.site);
    CHECK(versions.size() == kThere);
    for (std::size_t i = 1; i <= kThere; ++i) {
        const std::string child = child_job_id(id, "acme/rule/page/" + issue_key(i));
        if (!versions.contains(child) || versions.at(child) != 1) FAIL_CHECK(issue_key(i));
    }
}

TEST_CASE("A person is served within a few presses while a batch runs", "[batches]") {
    constexpr std::size_t kPages = 500;
    Batches batches(1);
    batches.add_issues(kPages - 50);
    // Creates that take a while, so that the batch lasts.
    batches.stack.site.add_fault(
        R"({"kind":"delay","method":"POST","path":"/wiki/api/v2/pages","count":-1,"delay_ms":100})"
    );
    const std::string id = batches.start(issues_document(1, kPages));
    REQUIRE(eventually(kPatience, [&] { return batches.count(batches.status(id), "done") > 20; }));
    const auto before = batches.stack.site.versions().size();
    const auto call = batches.stack.trigger_rule("sheet", issue_key(kPages));
    REQUIRE(call.status == 202);
    const auto done = batches.stack.call({
        .method = "GET",
        .url = "/v1/jobs/" + job_id_of(call) + "?wait=20s",
        .headers = {"x-autopage-api-key: " + batches.stack.key("sheet")},
    });
    CHECK(string_at(*parse_json(done.body, "job"), "status") == "done");
    const auto meanwhile = batches.status(id);
    CHECK(string_at(meanwhile, "status") == "running");
    const auto versions = batches.stack.site.versions();
    const auto own = std::ranges::find_if(versions, [](const PublishedVersion& version) {
        return version.title == "Sheet of DEMO-500";
    });
    REQUIRE(own != versions.end());
    const auto presses_before = own - versions.begin() - static_cast<std::ptrdiff_t>(before);
    WARN(
        "presses between the call and its page: " << presses_before << ", still to do: "
                                                  << batches.count(meanwhile, "queued")
    );
    CHECK(presses_before < 100);
    CHECK(batches.count(meanwhile, "queued") > 150);
    const auto end = batches.end_of(id);
    CHECK(batches.count(end, "done") == kPages);
}

TEST_CASE("A spread batch waits, a call does not, and a cancelled one is not begun", "[batches]") {
    // In memory, where a call finds it.
    Batches batches(
        1,
        {{"--park-max-ms", "43200000"},
         {"--delayed-1m-ms", "43200001"},
         {"--delayed-10m-ms", "43200002"},
         {"--delayed-1h-ms", "43200003"}}
    );
    const std::string id = batches.start(issues_document(1, 40, R"("spread":"10h",)"));
    const auto has_begun = [&] {
        const auto status = batches.status(id);
        return batches.count(status, "done") == 1 && batches.count(status, "queued") == 39;
    };
    REQUIRE(eventually(kPatience, has_begun));
    const auto state_of = [&](std::size_t issue) {
        const std::string child = child_job_id(id, "acme/rule/page/" + issue_key(issue));
        return string_at(batches.stack.job(child), "status");
    };
    std::vector<std::size_t> waiting;
    for (std::size_t i = 1; i <= 40; ++i) {
        if (state_of(i) != "done") waiting.push_back(i);
    }
    REQUIRE(waiting.size() == 39);
    const auto call = batches.stack.trigger_rule("page", issue_key(waiting[0]));
    REQUIRE(batches.stack.unfinished({job_id_of(call)}).empty());
    CHECK(state_of(waiting[0]) == "done");
    CHECK(string_at(batches.stack.job(job_id_of(call)), "status") == "coalesced");
    const auto cancelled = batches.stack.admin("DELETE", "/admin/v1/batches/" + id);
    CHECK(cancelled.status == 202);
    const auto other = batches.stack.trigger_rule("page", issue_key(waiting[1]));
    REQUIRE(batches.stack.unfinished({job_id_of(other)}).empty());
    CHECK(string_at(batches.stack.job(job_id_of(other)), "status") == "done");
    CHECK(state_of(waiting[1]) == "skipped");
    const auto end = batches.end_of(id);
    CHECK(string_at(end, "status") == "cancelled");
    CHECK(batches.count(end, "done") == 2);
    CHECK(batches.count(end, "skipped") == 1);
    CHECK(batches.count(end, "queued") == 37);
}

TEST_CASE("Batches are selected by search, space and site", "[batches]") {
    Batches batches(1);
    const auto end_of = [&](const std::string& body) {
        return batches.end_of(batches.start(body));
    };
    const auto found = end_of(R"({"rule":"page","jql":"project = DEMO"})");
    CHECK(batches.count(found, "done") == 50);
    for (const char* body : {R"({"space":"DOC"})", R"({"all_snapshots":true})"}) {
        CAPTURE(body);
        CHECK(batches.count(end_of(body), "done") == 1);
    }
    batches.stack.site.control("POST", "spaces", R"({"key":"EMPTY","name":"Empty"})");
    CHECK(integer_at(end_of(R"({"space":"EMPTY"})"), "total") == 0);
    const auto dead = end_of(R"({"rule":"page","jql":"project ="})");
    CHECK(string_at(dead, "status") == "dead");
    CHECK_FALSE(string_at(dead, "reason").empty());
}

TEST_CASE("A batch that Redis forgot is unknown, and its pages are written", "[batches]") {
    Batches batches(1);
    const std::string id = batches.start(issues_document(1, 50));
    REQUIRE(eventually(kPatience, [&] { return batches.count(batches.status(id), "done") > 0; }));
    batches.stack.redis.flush_all();
    const auto written = [&] { return versions_by_job(batches.stack.site).size() == 50; };
    CHECK(eventually(kPatience, written));
    CHECK(string_at(batches.status(id), "status") == "unknown");
}
