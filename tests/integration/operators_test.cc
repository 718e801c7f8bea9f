// Dead letters and the audit topic through the real binaries: what an operator does after a
// failure.
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "common/kafka/producer.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

namespace json = boost::json;

std::string sheet_rule(const std::string& body) {
    return R"({"site":"acme","page":{"space":"DOC","title":"Sheet of $#Key","body":")" + body +
           R"("}})";
}

class Operator {
public:
    explicit Operator(Stack& stack) : stack_(stack) {}

    json::value get(const std::string& path) {
        const auto answer = stack_.admin("GET", "/admin/v1/" + path);
        INFO(path << ": " << answer.body);
        REQUIRE(answer.status == 200);
        return parse_json(answer.body, "reply").value();
    }

    /// Letters that match, of all pages.
    std::vector<json::value> letters(const std::string& query) {
        return all("dead-letters?limit=2&" + query, "dead_letters");
    }

    /// Types of the events that match.
    std::vector<std::string> events(const std::string& query) {
        std::vector<std::string> types;
        for (const json::value& event : all("audit?limit=3&" + query, "events")) {
            types.push_back(string_at(event, "type"));
        }
        return types;
    }

    json::value redrive(const std::string& body) {
        const auto answer = stack_.admin("POST", "/admin/v1/dead-letters/redrive", body);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
        return parse_json(answer.body, "reply").value();
    }

    /// Triggers a job that must die.
    std::string kill(const std::string& rule, const std::string& issue) {
        const auto answer = stack_.trigger_rule(rule, issue);
        REQUIRE(answer.status == 202);
        REQUIRE(stack_.unfinished({job_id_of(answer)}).empty());
        CHECK(string_at(stack_.job(job_id_of(answer)), "status") == "dead");
        return job_id_of(answer);
    }

private:
    std::vector<json::value> all(const std::string& path, const std::string& name) {
        std::vector<json::value> found;
        for (std::string cursor;;) {
            const json::value page = get(path + cursor);
            for (const json::value& one : find(page, name)->as_array()) found.push_back(one);
            const std::string next = string_at(page, "next");
            if (next.empty()) return found;
            cursor = "&cursor=" + next;
        }
    }

    Stack& stack_;
};

/// Puts a record on the jobs topic by itself.
void produce_job_record(Stack& stack, const std::string& key, const std::string& value) {
    auto producer = Producer::create(
        {.brokers = stack.kafka.bootstrap(), .topic_prefix = {}}, {}, [](const Delivery&) {}
    );
    REQUIRE(producer);
    REQUIRE((*producer)->append({.topic = "pagepress.jobs", .key = key, .value = value}, 1));
    REQUIRE((*producer)->flush(std::chrono::seconds(30)) == 0);
}

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("Dead letters are redriven by filter when their cause is mended", "[operators]") {
    Stack stack(2);
    Operator person(stack);
    const auto put_rule = [&](const std::string& body) {
        return stack.admin("PUT", "/admin/v1/rules/sheet", sheet_rule(body));
    };
    REQUIRE(put_rule("<p>$#{Summary}</div>").status == 200);
    std::vector<std::string> jobs;
    for (int i = 1; i <= 5; ++i) {
        jobs.push_back(person.kill("sheet", "DEMO-" + std::to_string(i)));
    }
    const std::string other = person.kill("page", "DEMO-9999");
    CHECK(person.letters("").size() == 6);
    CHECK(person.letters("rule=sheet&since=1h").size() == 5);
    CHECK(person.letters("rule=sheet&issue=DEMO-3&code=invalid_input&state=dead").size() == 1);

    REQUIRE(put_rule("<p>$#{Summary}</p>").status == 200);
    const std::string filter = R"({"filter":{"rule":"sheet"})";
    CHECK(integer_at(person.redrive(filter + R"(,"dry_run":true})"), "matched") == 5);
    CHECK(person.letters("state=redriven").empty());
    CHECK(integer_at(person.redrive(filter + "}"), "redriven") == 5);
    CHECK(stack.unfinished(jobs).empty());
    for (const std::string& id : jobs) {
        CHECK(string_at(stack.job(id), "status") == "done");
        CHECK(integer_at(stack.job(id), "attempts") == 1);
    }
    CHECK(person.letters("rule=sheet&state=redriven").size() == 5);
    CHECK(person.letters("state=dead").size() == 1);
    CHECK(string_at(stack.job(other), "status") == "dead");

    // Once more, and as if the ingress had died before it noted the first one.
    CHECK(integer_at(person.redrive(filter + "}"), "matched") == 0);
    const auto letter = person.letters("job=" + jobs[0]).at(0);
    auto job = decode_job(
        json::serialize(*find(person.get("dead-letters/" + string_at(letter, "id")), "job"))
    );
    REQUIRE(job);
    job->redrive = 1;
    produce_job_record(stack, route_key(*job), encode(*job));
    const auto last = stack.trigger_rule("page", "DEMO-2");
    CHECK(stack.unfinished({job_id_of(last)}).empty());
    CHECK(violations(stack.site, {}) == std::vector<std::string>{});
    int sheets = 0;
    for (const auto& version : stack.site.versions()) {
        if (version.title.starts_with("Sheet of ")) ++sheets;
    }
    CHECK(sheets == 5);

    const auto tells_of_all = [&] {
        return person.events("rule=sheet&type=page.created").size() == 5 &&
               person.events("issue=DEMO-2&type=page").size() == 2;
    };
    CHECK(eventually(std::chrono::seconds(30), tells_of_all));
    CHECK(person.events("job=" + jobs[1]) == Types{"job.dead", "job.redriven", "page.created"});
    CHECK(
        person.events("rule=sheet&type=rule") ==
        Types{"rule.created", "rule.updated", "rule.updated"}
    );
    CHECK(person.events("type=key.created&by=admin").size() == 4);
    CHECK(person.events("type=topics").size() == 1);
}

TEST_CASE("A job that died after its page was made makes no other version", "[operators][W18]") {
    Stack stack(1);
    Operator person(stack);
    // The page is made, and then the issue does not take its link.
    stack.site.add_fault(
        R"({"kind":"status","status":400,"method":"PUT","path":"/rest/api/3/issue/","count":-1})"
    );
    const std::string id = person.kill("page", "DEMO-7");
    stack.site.clear_faults();
    stack.site.edit_issue("DEMO-7", R"({"summary":"changed since"})");
    const auto letters = person.letters("job=" + id);
    REQUIRE(letters.size() == 1);
    const std::string page = string_at(letters[0], "page_id");
    CHECK_FALSE(page.empty());
    CHECK(person.letters("page=" + page).size() == 1);
    CHECK(
        integer_at(
            person.redrive(R"({"ids":[")" + string_at(letters[0], "id") + R"("]})"), "redriven"
        ) == 1
    );
    REQUIRE(stack.unfinished({id}).empty());
    CHECK(string_at(stack.job(id), "status") == "done");
    CHECK(stack.site.versions(page).size() == 1);
    const auto next = stack.trigger_rule("page", "DEMO-7");
    CHECK(stack.unfinished({job_id_of(next)}).empty());
    CHECK(violations(stack.site, {{"DEMO-7", "changed since"}}) == std::vector<std::string>{});
}

TEST_CASE("A job that dies again is a letter of its own", "[operators]") {
    Stack stack(1);
    Operator person(stack);
    const std::string id = person.kill("page", "DEMO-9999");
    for (int redrive = 1; redrive <= 2; ++redrive) {
        CHECK(integer_at(person.redrive(R"({"filter":{"job":")" + id + R"("}})"), "redriven") == 1);
        REQUIRE(eventually(std::chrono::minutes(1), [&] {
            const auto dead = person.letters("state=dead&job=" + id);
            return dead.size() == 1 && integer_at(dead[0], "redrive") == redrive;
        }));
    }
    CHECK(person.letters("job=" + id).size() == 3);
    CHECK(string_at(stack.job(id), "status") == "dead");
}

TEST_CASE("A record that is no job is shown and not sent again", "[operators]") {
    Stack stack(1);
    Operator person(stack);
    produce_job_record(stack, "k", "rubbish");
    REQUIRE(eventually(std::chrono::minutes(1), [&] { return person.letters("").size() == 1; }));
    const auto letter = person.letters("").at(0);
    CHECK(string_at(letter, "kind") == "unreadable");
    CHECK(string_at(letter, "code") == "corrupt");
    const auto refused = stack.admin(
        "POST",
        "/admin/v1/dead-letters/redrive",
        R"({"ids":[")" + string_at(letter, "id") + R"("]})"
    );
    CHECK(refused.status == 422);
    CHECK(refused.body.contains("is not a job"));
    CHECK(integer_at(person.redrive(R"({"filter":{}})"), "matched") == 0);
}
