// From a trigger to a page through the real binaries, real Kafka and real Redis, with the failures
// that operators meet.
#include <fstream>
#include <sstream>

#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"
#include "tests/support/kafka_reader.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

std::string issue_key(int number) {
    return "DEMO-" + std::to_string(number);
}

/// Edits every issue, then triggers: what is accepted must end up on the page.
class Burst {
public:
    explicit Burst(Stack& stack) : stack_(stack) {}

    /// One round: `count` triggers over all issues, each after an edit of its issue.
    void send(int count) {
        for (int i = 0; i < count; ++i) {
            const std::string issue = issue_key(sent_ % 50 + 1);
            const std::string summary = "state " + std::to_string(sent_);
            ++sent_;
            stack_.site.edit_issue(issue, R"({"summary":")" + summary + R"("})");
            const auto answer = stack_.trigger_rule("page", issue);
            if (answer.status == 202) {
                accepted.push_back(job_id_of(answer));
            } else {
                ++refused;
                refusal = answer;
            }
            summaries[issue] = summary;
        }
    }

    std::vector<std::string> accepted;
    std::map<std::string, std::string> summaries;
    int refused = 0;
    HttpAnswer refusal;

private:
    Stack& stack_;
    int sent_ = 0;
};

}  // namespace

TEST_CASE("A killed worker loses nothing and doubles nothing", "[end_to_end][W1]") {
    Stack stack(3);
    Burst burst(stack);
    burst.send(400);
    // Writes that take a while, so that the kill hits presses that are under way.
    stack.site.add_fault(R"({"kind":"delay","method":"PUT","path":"/wiki/api/v2/pages/",)"
                         R"("count":100,"delay_ms":300})");
    burst.send(100);
    stack.kill_worker(0);
    burst.send(500);
    REQUIRE(burst.accepted.size() == 1000);
    CHECK(stack.unfinished(burst.accepted) == std::vector<std::string>{});
    CHECK(violations(stack.site, burst.summaries) == std::vector<std::string>{});
    CHECK(read_topic_to_end(stack.kafka.bootstrap(), "pagepress.dead").empty());
}

TEST_CASE("A broker that restarts loses no accepted job", "[end_to_end]") {
    Stack stack(2);
    Burst burst(stack);
    burst.send(100);
    stack.kafka.stop();
    burst.send(5);
    CHECK(burst.refused == 5);
    CHECK(burst.refusal.status == 503);
    CHECK_FALSE(burst.refusal.header("retry-after").empty());
    stack.kafka.start();
    const auto accepts_again = [&] { return stack.trigger_rule("sheet", "DEMO-1").status == 202; };
    REQUIRE(eventually(std::chrono::minutes(1), accepts_again));
    burst.send(100);
    CHECK(burst.accepted.size() == 200);
    CHECK(stack.unfinished(burst.accepted) == std::vector<std::string>{});
    CHECK(violations(stack.site, burst.summaries) == std::vector<std::string>{});
}

TEST_CASE("Ingress and worker end when they are told to though Kafka is dead", "[end_to_end]") {
    Stack stack(1);
    REQUIRE(stack.trigger_rule("page", "DEMO-1").status == 202);
    stack.kafka.kill();
    const auto notices = [&] { return stack.trigger_rule("page", "DEMO-1").status == 503; };
    REQUIRE(eventually(std::chrono::minutes(1), notices));
    for (const auto& status : stack.terminate()) CHECK(status == 0);
}

TEST_CASE("A flushed Redis costs neither pages nor jobs", "[end_to_end][W15]") {
    Stack stack(2);
    Burst burst(stack);
    burst.send(150);
    stack.redis.flush_all();
    burst.send(150);
    burst.accepted.clear();
    // Statuses from before the flush are gone, so the last trigger of every issue is what is waited
    // for: its press comes after all earlier ones of its page.
    burst.send(50);
    CHECK(stack.unfinished(burst.accepted) == std::vector<std::string>{});
    CHECK(violations(stack.site, burst.summaries) == std::vector<std::string>{});
}

TEST_CASE("With Redis away the work goes on", "[end_to_end][W16]") {
    Stack stack(1);
    stack.redis.stop();
    Burst burst(stack);
    burst.send(20);
    REQUIRE(burst.accepted.size() == 20);
    const auto is_written = [&] { return violations(stack.site, burst.summaries).empty(); };
    CHECK(eventually(std::chrono::minutes(2), is_written));
}

TEST_CASE(
    "A snapshot's table appears in its page, by its own key and by the global one", "[end_to_end]"
) {
    Stack stack(1);
    const std::string page = stack.site.weekly_report_page();
    const auto one = stack.trigger_snapshot("open");
    REQUIRE(one.status == 202);
    const auto all = stack.call({
        .method = "POST",
        .url = "/take-snapshot/" + page,
        .headers = {"jira-snapshots-api-key: " + stack.key("site")},
    });
    REQUIRE(all.status == 202);
    CHECK(stack.unfinished({job_id_of(one), job_id_of(all)}).empty());
    const auto versions = stack.site.versions(page);
    CHECK(versions.back().number > versions.front().number);
    CHECK(versions.back().body.contains("DEMO-40"));
    CHECK(versions.back().body.contains("Taken at"));
}

TEST_CASE(
    "What callers and operators get wrong is said clearly, and the next call works", "[end_to_end]"
) {
    Stack stack(1);
    const auto dead_reason = [&](const std::string& rule, const std::string& issue) {
        const auto answer = stack.trigger_rule(rule, issue);
        REQUIRE(answer.status == 202);
        REQUIRE(stack.unfinished({job_id_of(answer)}).empty());
        const auto job = stack.job(job_id_of(answer));
        CHECK(string_at(job, "status") == "dead");
        return string_at(job, "reason");
    };
    CHECK(dead_reason("page", "DEMO-9999").contains("DEMO-9999"));
    const auto put_rule = [&](const std::string& body) {
        return stack.admin(
            "PUT",
            "/admin/v1/rules/sheet",
            R"({"site":"acme","unknown_placeholder":"fail","page":{"space":"DOC",)"
            R"("title":"Sheet of $#Key","body":")" +
                body + R"("}})"
        );
    };
    REQUIRE(put_rule("<p>$#{Sumary}</p>").status == 200);
    CHECK(dead_reason("sheet", "DEMO-1").contains("Sumary"));
    REQUIRE(put_rule("<p>$#{Summary}</div>").status == 200);
    CHECK(dead_reason("sheet", "DEMO-1").contains("row 1"));
    const auto letters = read_topic_to_end(stack.kafka.bootstrap(), "pagepress.dead");
    CHECK(letters.size() == 3);
    REQUIRE(put_rule("<p>$#{Summary}</p>").status == 200);
    const auto good = stack.trigger_rule("sheet", "DEMO-1");
    CHECK(stack.unfinished({job_id_of(good)}).empty());
    CHECK(string_at(stack.job(job_id_of(good)), "status") == "done");
}

TEST_CASE("The READMEs show the options that the binaries have", "[end_to_end]") {
    const auto options_of = [](const std::string& program) {
        const TempDir folder;
        Process process(
            {.program = program,
             .arguments = {"--print-options"},
             .log_file = folder.path() + "/options"}
        );
        REQUIRE(process.wait_exit(std::chrono::minutes(1)) == 0);
        return process.log_text();
    };
    const auto text_of = [](const std::string& path) {
        std::stringstream text;
        text << std::ifstream(std::string(SOURCE_FOLDER) + path).rdbuf();
        return text.str();
    };
    CHECK(text_of("/ingress/README.md").contains(options_of(INGRESS_PROGRAM)));
    CHECK(text_of("/worker/README.md").contains(options_of(WORKER_PROGRAM)));
}

TEST_CASE("A page put into the trash comes back with the next trigger's content", "[end_to_end]") {
    Stack stack(1);
    const auto press = [&](const std::string& summary) {
        stack.site.edit_issue("DEMO-1", R"({"summary":")" + summary + R"("})");
        const auto answer = stack.trigger_rule("page", "DEMO-1");
        REQUIRE(answer.status == 202);
        REQUIRE(stack.unfinished({job_id_of(answer)}).empty());
    };
    press("one");
    press("two");
    press("three");
    std::string id;
    for (const auto& version : stack.site.versions()) {
        if (version.title == "DEMO-1: three") id = version.page;
    }
    REQUIRE_FALSE(id.empty());
    stack.site.trash_page(id);
    press("four");
    CHECK(stack.site.versions(id).back().title == "DEMO-1: four");
    CHECK(violations(stack.site, {{"DEMO-1", "four"}}) == std::vector<std::string>{});
}
