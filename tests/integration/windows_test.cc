// Crash windows that lie between processes: the real binaries, real Kafka and real Redis. One stack
// for all, which takes longer to start than a case; `tests/windows.md` lists every window.
#include <map>

#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/product_process.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 2min;
const std::string kUpdates = R"("method":"PUT","path":"/wiki/api/v2/pages/")";

class Scene {
public:
    Scene() : stack(1, {{"--drain-max-ms", "200"}}) {}

    /// Edits an issue and triggers its page. Returns the job's id.
    std::string refresh(const std::string& issue, const std::string& summary) {
        summaries[issue] = summary;
        stack.site.edit_issue(issue, R"({"summary":")" + summary + R"("})");
        const auto answer = stack.trigger_rule("page", issue);
        REQUIRE(answer.status == 202);
        jobs.push_back(job_id_of(answer));
        return jobs.back();
    }

    void wait_done() {
        CHECK(stack.unfinished(jobs).empty());
        for (const std::string& id : jobs) CHECK(string_at(stack.job(id), "status") == "done");
    }

    /// Writes to existing pages that have arrived, whether their senders were still there or not.
    std::int64_t arrived_updates() {
        const std::string route = "PUT /wiki/api/v2/pages/*";
        return stack.site.call_count(route, 200) + stack.site.call_count(route, 409);
    }

    bool has_metric(const std::string& line) {
        return stack.ask_worker(0, "/metrics").contains("\n" + line + "\n");
    }

    void check_promises() {
        CHECK(violations(stack.site, summaries) == std::vector<std::string>{});
    }

    Stack stack;
    std::map<std::string, std::string> summaries;
    std::vector<std::string> jobs;
};

/// Made by the first case.
Scene& scene() {
    static Scene shared;
    return shared;
}

}  // namespace

TEST_CASE("An ingress says at its start which topics would lose what it promised", "[I4]") {
    Scene& now = scene();
    const auto is_said = [&] {
        const std::string log = now.stack.ingress_log();
        return log.contains("topics are not as they should be") &&
               log.contains("topic pagepress.jobs") &&
               log.contains("has one copy: a lost disk loses its records");
    };
    CHECK(eventually(kPatience, is_said));
}

TEST_CASE("A worker that is told to stop leaves what it cannot end to the next one", "[W33]") {
    Scene& now = scene();
    now.refresh("DEMO-1", "first");
    now.wait_done();
    const std::int64_t arrived_before = now.arrived_updates();
    now.stack.site.add_fault(R"({"kind":"delay_effect",)" + kUpdates + R"(,"delay_ms":4000})");
    now.refresh("DEMO-1", "second");
    const auto is_under_way = [&] {
        const auto faults = now.stack.site.control("GET", "faults");
        return faults.at("faults").at(0).at("hits").as_int64() == 1;
    };
    REQUIRE(eventually(kPatience, is_under_way));
    CHECK(now.stack.stop_worker(0) == 0);
    CHECK(now.stack.worker_log(0).contains("presses abandoned"));
    now.stack.restart_worker(0);
    now.wait_done();
    // The write that was left arrives as well: before the next worker's, which needs none then, or
    // after it.
    const std::string written =
        R"(pagepress_site_requests_total{endpoint="confluence_writes",site="acme",status="200"} 1)";
    const std::int64_t sent = now.has_metric(written) ? 2 : 1;
    CHECK(eventually(kPatience, [&] { return now.arrived_updates() >= arrived_before + sent; }));
    now.check_promises();
}

TEST_CASE(
    "All records come again, to a Redis that knows nothing: no version is made", "[W15][W19]"
) {
    Scene& now = scene();
    for (int i = 2; i <= 11; ++i) now.refresh("DEMO-" + std::to_string(i), "once");
    now.wait_done();
    const std::size_t versions = now.stack.site.versions().size();
    REQUIRE(now.stack.stop_worker(0) == 0);
    now.stack.redis.flush_all();
    // A group without offsets begins with the first record.
    now.stack.restart_worker(0, {{"--group", "another"}});
    now.wait_done();
    CHECK(now.has_metric("pagepress_records_received_total " + std::to_string(now.jobs.size())));
    CHECK(now.stack.site.versions().size() == versions);
    now.check_promises();
}

TEST_CASE("A worker does not start with a Redis that may drop leases", "[W17]") {
    const RedisServer redis({"--maxmemory-policy", "allkeys-lru"});
    const TempDir folder;
    Process worker(worker_process(
        {.program = WORKER_PROGRAM,
         .brokers = "127.0.0.1:1",
         .redis = redis.address(),
         .ports_file = folder.path("ports"),
         .log_file = folder.path("log")}
    ));
    CHECK(worker.wait_exit(kPatience) == 1);
    CHECK(worker.log_text().contains("maxmemory-policy allkeys-lru"));
}
