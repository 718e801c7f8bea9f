// A site that is down, asks to wait or does not know us any more, as real workers meet it.
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr std::chrono::minutes kLong{2};

std::vector<std::string> trigger_all(Stack& stack, int count) {
    std::vector<std::string> ids;
    for (int i = 1; i <= count; ++i) {
        const auto answer = stack.trigger_rule("page", "DEMO-" + std::to_string(i));
        REQUIRE(answer.status == 202);
        ids.push_back(job_id_of(answer));
    }
    return ids;
}

int times(const std::string& text, const std::string& words) {
    int count = 0;
    for (auto at = text.find(words); at != std::string::npos; at = text.find(words, at + 1)) {
        ++count;
    }
    return count;
}

/// Requests of any kind that were answered with a status.
std::int64_t answers(Stack& stack, int status) {
    std::int64_t count = 0;
    const auto calls = stack.site.control("GET", "calls");
    for (const auto& [route, by_status] : find(calls, "counts")->as_object()) {
        count += integer_at(by_status, std::to_string(status)).value_or(0);
    }
    return count;
}

}  // namespace

TEST_CASE("A site that was down for a while has spent few attempts of its jobs", "[site_gates]") {
    Stack stack(2);
    stack.site.add_fault(R"({"kind":"status","status":503,"path":"/","count":-1})");
    const auto jobs = trigger_all(stack, 50);
    const auto has_probed = [&] {
        return times(stack.worker_log(0) + stack.worker_log(1), "it still fails") >= 5;
    };
    REQUIRE(eventually(kLong, has_probed));
    const std::string report = stack.ask_worker(0, "/debug/presses");
    const auto document = parse_json(report, "the report");
    REQUIRE(document);
    CHECK(find(*document, "sites")->as_array().size() == 1);
    CHECK(report.contains("failing"));
    // Fifty jobs with twelve attempts would have made six hundred.
    CHECK(answers(stack, 503) < 150);
    stack.site.clear_faults();
    CHECK(stack.unfinished(jobs).empty());
    std::int64_t spent = 0;  // besides the one that each needs
    for (const std::string& id : jobs) {
        const auto job = stack.job(id);
        CHECK(string_at(job, "status") == "done");
        spent += integer_at(job, "attempts").value_or(1'000) - 1;
    }
    // The four before a gate closes, of two workers and three endpoints.
    CHECK(spent <= 4 * 2 * 3);
    CHECK(stack.site.versions().size() >= 50);
    const auto is_open = [&] {
        return stack.ask_worker(0, "/metrics")
            .contains(R"(pagepress_gate_closed_until_seconds{endpoint="jira",site="acme"} 0)");
    };
    CHECK(eventually(kLong, is_open));
}

TEST_CASE("A site that asks to wait is not called before", "[site_gates]") {
    Stack stack(2);
    stack.site.add_fault(
        R"({"kind":"rate_limit","method":"POST","path":"/wiki/api/v2/pages","retry_after":2})"
    );
    const auto begun = std::chrono::steady_clock::now();
    const auto jobs = trigger_all(stack, 30);
    CHECK(stack.unfinished(jobs).empty());
    CHECK(std::chrono::steady_clock::now() - begun >= std::chrono::seconds(2));
    for (const std::string& id : jobs) CHECK(string_at(stack.job(id), "status") == "done");
    CHECK(answers(stack, 429) == 1);
    CHECK(times(stack.worker_log(0) + stack.worker_log(1), "kind=asked wait_ms=2000") == 1);
}

TEST_CASE("Credentials that are lost for a while burn no job and freeze nothing", "[site_gates]") {
    Stack stack(2);
    const auto first = stack.trigger_snapshot("open");
    REQUIRE(first.status == 202);
    REQUIRE(stack.unfinished({job_id_of(first)}).empty());
    const auto before = stack.site.versions(stack.site.weekly_report_page()).size();
    stack.site.add_fault(R"({"kind":"lost_credentials","path":"/","count":-1})");
    auto jobs = trigger_all(stack, 20);
    jobs.push_back(job_id_of(stack.trigger_snapshot("open")));
    const auto is_known = [&] {
        const std::string logs = stack.worker_log(0) + stack.worker_log(1);
        return times(logs, "kind=credentials") >= 9;
    };
    REQUIRE(eventually(kLong, is_known));
    CHECK((stack.ask_worker(0, "/metrics") + stack.ask_worker(1, "/metrics"))
              .contains(R"(pagepress_credentials_rejected{endpoint="jira",site="acme"} 1)"));
    CHECK(stack.site.versions(stack.site.weekly_report_page()).size() == before);
    stack.site.clear_faults();
    CHECK(stack.unfinished(jobs).empty());
    for (const std::string& id : jobs) CHECK(string_at(stack.job(id), "status") == "done");
}

TEST_CASE(
    "Redis that comes back finds no stampede, and a failing site's jobs go on", "[site_gates][W16]"
) {
    Stack stack(2);
    stack.redis.stop();
    stack.site.add_fault(R"({"kind":"status","status":503,"path":"/","count":-1})");
    const auto jobs = trigger_all(stack, 30);
    const auto has_probed = [&] {
        return times(stack.worker_log(0) + stack.worker_log(1), "it still fails") >= 4;
    };
    REQUIRE(eventually(kLong, has_probed));
    stack.site.clear_faults();
    stack.redis.start();
    const auto has_statuses = [&] {
        return stack.admin("GET", "/admin/v1/jobs/" + jobs.front()).status != 503;
    };
    REQUIRE(eventually(kLong, has_statuses));
    CHECK(stack.unfinished(jobs).empty());
    for (const std::string& id : jobs) CHECK(string_at(stack.job(id), "status") == "done");
    CHECK(violations(stack.site, {}).empty());
}

TEST_CASE("A site with a limit gets no more requests than that", "[site_gates]") {
    Stack stack(2);
    const auto answer = stack.admin("GET", "/admin/v1/sites/acme");
    REQUIRE(answer.status == 200);
    const auto jobs = trigger_all(stack, 1);
    REQUIRE(stack.unfinished(jobs).empty());
    std::string limited = R"({"jira_url":")" + stack.site.url() + R"(","confluence_url":")" +
                          stack.site.url() + R"(/wiki","auth":"basic","secret_file":")" +
                          stack.account_file() + R"(","limits":{"requests_per_second":20}})";
    REQUIRE(stack.admin("PUT", "/admin/v1/sites/acme", limited).status < 300);
    stack.site.control("DELETE", "calls");
    const auto begun = std::chrono::steady_clock::now();
    const auto more = trigger_all(stack, 40);
    CHECK(stack.unfinished(more).empty());
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begun;
    const auto calls = static_cast<double>(answers(stack, 200));
    CHECK(calls >= 80);
    // What two workers give at once comes on top.
    CHECK(calls <= 20 * took.count() + 60);
}
