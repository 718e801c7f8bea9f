// The command lines of AutoPage's page "External REST API" and of Snapshots' page "Triggering
// snapshots automatically", run by a shell with the real curl: what worked there must work here.
#include <utility>

#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// One for all tests of this program, which differ in their calls alone; they run in order, the one
/// that changes keys last.
Stack& shared_stack() {
    static Stack stack(1);
    return stack;
}

// Letter by letter; only the address, the ids and the key are filled in.
const std::string kRuleLine =
    R"(curl -X POST "{webTriggerUrl}?method=triggerRule&ruleId=abc123&issueId=PROJ-42" \
-H "x-autopage-api-key: <your-api-key>" \
-H "Content-Type: application/json" \
-H "Accept: application/json")";

const std::string kSnapshotLine =
    R"(curl --location --request POST '<WEB-REQUEST-URL>' \
  --header 'jira-snapshots-api-key: <API-KEY>')";

using Changes = std::vector<std::pair<std::string, std::string>>;

/// `line` with the first occurrence of each text replaced.
std::string with(std::string line, const Changes& changes) {
    for (const auto& [text, value] : changes) {
        const std::size_t at = line.find(text);
        REQUIRE(at != std::string::npos);
        line.replace(at, text.size(), value);
    }
    return line;
}

struct CurlReply {
    int status = 0;
    std::string head;  ///< without the Date field
    std::string body;
};

CurlReply parse_reply(const std::string& output) {
    const std::string version = "HTTP/1.1 ";
    const std::size_t begin = output.rfind(version);  // behind a 100 Continue
    const std::size_t end = output.find("\r\n\r\n", begin);
    if (begin == std::string::npos || end == std::string::npos) FAIL("curl printed: " << output);
    CurlReply reply{
        .status = std::stoi(output.substr(begin + version.size())),
        .head = output.substr(begin, end - begin),
        .body = output.substr(end + 4),
    };
    const std::size_t date = reply.head.find("Date: ");
    if (date != std::string::npos) {
        reply.head.erase(date, reply.head.find('\n', date) - date + 1);
    }
    return reply;
}

/// Runs command lines against a stack; every good one must be accepted.
class Caller {
public:
    explicit Caller(Stack& stack) : stack_(stack) {
        // Prints head and body and nothing else, without a word more in the command line.
        folder_.write(".curlrc", "silent\nshow-error\ninclude\nnoproxy = \"*\"\n");
    }

    [[nodiscard]] std::string rule_line() const {
        return with(
            kRuleLine,
            {{"{webTriggerUrl}", stack_.public_url() + "/v1/trigger"},
             {"abc123", "page"},
             {"PROJ-42", "DEMO-1"},
             {"<your-api-key>", stack_.key("page")}}
        );
    }

    [[nodiscard]] std::string snapshot_line(const std::string& path, const std::string& subject)
        const {
        return with(
            kSnapshotLine,
            {{"<WEB-REQUEST-URL>", stack_.public_url() + path}, {"<API-KEY>", stack_.key(subject)}}
        );
    }

    CurlReply run(const std::string& line) {
        Process shell({
            .program = "sh",
            .arguments = {"-c", line},
            .environment = {{"CURL_HOME", folder_.path()}},
            .log_file = folder_.path(std::to_string(++runs_) + ".log"),
        });
        REQUIRE(shell.wait_exit(std::chrono::minutes(1)).has_value());
        return parse_reply(shell.log_text());
    }

    /// Runs a line that must be accepted. Returns the job's id.
    std::string run_good(const std::string& line) {
        const CurlReply reply = run(line);
        REQUIRE(reply.status == 202);
        const auto document = parse_json(reply.body, "reply");
        REQUIRE(document);
        CHECK(string_at(*document, "status") == "queued");
        return string_at(*document, "jobId");
    }

    /// Runs a line that must be refused; after it the documented one must be accepted.
    CurlReply run_bad(const std::string& line, int status) {
        INFO(line);
        CurlReply reply = run(line);
        CHECK(reply.status == status);
        CHECK(reply.head.find("application/problem+json") != std::string::npos);
        accepted.push_back(run_good(rule_line()));
        return reply;
    }

    std::string file(const std::string& name, const std::string& content) const {
        return folder_.write(name, content);
    }

    std::vector<std::string> accepted;

private:
    Stack& stack_;
    TempDir folder_;
    int runs_ = 0;
};

void check_is_done(Stack& stack, const std::string& job_id) {
    REQUIRE(stack.unfinished({job_id}).empty());
    CHECK(string_at(stack.job(job_id), "status") == "done");
}

}  // namespace

TEST_CASE("The documented call of a rule makes the issue's page", "[seed_calls]") {
    Stack& stack = shared_stack();
    stack.site.edit_issue("DEMO-1", R"({"summary":"From curl"})");
    Caller caller(stack);
    check_is_done(stack, caller.run_good(caller.rule_line()));
    CHECK(violations(stack.site, {{"DEMO-1", "From curl"}}).empty());
}

TEST_CASE("The documented call of a snapshot, by its own key and the global one", "[seed_calls]") {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string page = stack.site.weekly_report_page();
    check_is_done(stack, caller.run_good(caller.snapshot_line("/v1/snapshots/open", "open")));
    CHECK(stack.site.versions(page).back().body.find("DEMO-40") != std::string::npos);
    const auto versions = stack.site.versions(page).size();
    check_is_done(stack, caller.run_good(caller.snapshot_line("/take-snapshot/" + page, "site")));
    CHECK(stack.site.versions(page).size() == versions + 1);
}

TEST_CASE("Whoever has no valid key gets one and the same 403", "[seed_calls]") {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string good = caller.rule_line();
    const std::string key = stack.key("page");
    const CurlReply without =
        caller.run_bad(with(good, {{"-H \"x-autopage-api-key: ", "-H \"a: "}}), 403);
    const std::vector<Changes> others = {
        {{key, "bm90LWEta2V5LW5vdC1hLWtleS1ub3QtYS1rZXktbm8="}},
        {{key, stack.key("sheet")}},
        {{key, stack.key("open")}},
        {{"ruleId=page", "ruleId=no-such-rule"}},
        {{key, ""}},
    };
    for (const Changes& change : others) {
        const CurlReply reply = caller.run_bad(with(good, change), 403);
        CHECK(reply.head == without.head);
        CHECK(reply.body == without.body);
    }
    const CurlReply snapshot = caller.run_bad(
        with(caller.snapshot_line("/v1/snapshots/open", "open"), {{stack.key("open"), key}}), 403
    );
    CHECK(snapshot.body == without.body);
    CHECK(stack.unfinished(caller.accepted).empty());
}

TEST_CASE("A call that is wrong is refused and the next one works", "[seed_calls]") {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string good = caller.rule_line();
    const auto names = [](const CurlReply& reply, const std::string& word) {
        return reply.body.find(word) != std::string::npos;
    };
    CHECK(names(caller.run_bad(with(good, {{"method=triggerRule&", ""}}), 400), "'method'"));
    CHECK(names(caller.run_bad(with(good, {{"triggerRule", "dropRule"}}), 400), "'method'"));
    CHECK(names(caller.run_bad(with(good, {{"&ruleId=page", ""}}), 400), "'ruleId'"));
    CHECK(names(caller.run_bad(with(good, {{"&issueId=DEMO-1", ""}}), 400), "'issueId'"));
    CHECK(names(caller.run_bad(with(good, {{"DEMO-1", "%FF%FE"}}), 400), "'issueId'"));
    CHECK(names(caller.run_bad(with(good, {{"DEMO-1", "DEMO-1%00"}}), 400), "'issueId'"));
    const std::string body = caller.file("body", std::string(10'000'000, 'x'));
    caller.run_bad(good + " --data-binary @" + body, 413);
    caller.run_bad(good + R"( -H "Transfer-Encoding: chunked" -d "{}")", 411);
    caller.run_bad(with(good, {{"/v1/trigger", "/v1/no-such"}}), 404);
    caller.run_bad(
        with(caller.snapshot_line("/v1/snapshots/open", "open"), {{"POST", "GET"}}), 405
    );
    CHECK(stack.unfinished(caller.accepted).empty());
    for (const std::string& job : caller.accepted) {
        const std::string status = string_at(stack.job(job), "status");
        CHECK((status == "done" || status == "coalesced"));
    }
}

TEST_CASE(
    "A rule is called with any method, with and without content type and body", "[seed_calls]"
) {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string good = caller.rule_line();
    for (const std::string method : {"GET", "PUT", "PATCH", "DELETE", "OPTIONS", "TRIGGER"}) {
        INFO(method);
        caller.accepted.push_back(caller.run_good(with(good, {{"POST", method}})));
    }
    const std::string bare = good.substr(0, good.find(" \\\n-H \"Content-Type"));
    for (const std::string& line : {
             bare,
             with(bare, {{"-X POST", "--location"}}),
             bare + R"( -H "Content-Type: text/plain" -d "no JSON at all")",
             bare + R"( -H "Content-Type:" -d "{}")",
             bare + R"( -H "Content-Length: 0")",
             good + R"( -d '{"issue":"ignored"}')",
         }) {
        INFO(line);
        caller.accepted.push_back(caller.run_good(line));
    }
    CHECK(stack.unfinished(caller.accepted).empty());
}

TEST_CASE(
    "An issue is named by key or id, its parameters in any order and encoding", "[seed_calls]"
) {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string good = caller.rule_line();
    const std::string query = "?method=triggerRule&ruleId=page&issueId=DEMO-1";
    for (const std::string other : {
             "?issueId=DEMO-1&ruleId=page&method=triggerRule",
             "?ruleId=page&issueId=demo-1&method=triggerRule",
             "?method=trigger%52ule&ruleId=p%61ge&issueId=DEMO%2D1",
             "?method=triggerRule&ruleId=page&issueId=DEMO-1&utm_source=mail&empty=",
             "?a=%zz&method=triggerRule&ruleId=page&issueId=DEMO-1&method=second",
         }) {
        INFO(other);
        caller.accepted.push_back(caller.run_good(with(good, {{query, other}})));
    }
    std::string issue_id;
    const auto issues = stack.site.control("GET", "issues");
    for (const auto& issue : find(issues, "issues")->get_array()) {
        if (string_at(issue, "key") == "DEMO-1") {
            issue_id = std::to_string(integer_at(issue, "id").value());
        }
    }
    REQUIRE_FALSE(issue_id.empty());
    check_is_done(stack, caller.run_good(with(good, {{"issueId=DEMO-1", "issueId=" + issue_id}})));
    CHECK(stack.unfinished(caller.accepted).empty());
    const std::string summary = "Whatever the call's form";
    stack.site.edit_issue("DEMO-1", R"({"summary":")" + summary + R"("})");
    check_is_done(stack, caller.run_good(good));
    CHECK(violations(stack.site, {{"DEMO-1", summary}}) == std::vector<std::string>{});
}

TEST_CASE("Header names are taken in any case", "[seed_calls]") {
    Stack& stack = shared_stack();
    Caller caller(stack);
    for (const std::string name : {"X-AutoPage-Api-Key", "X-AUTOPAGE-API-KEY"}) {
        caller.accepted.push_back(
            caller.run_good(with(caller.rule_line(), {{"x-autopage-api-key", name}}))
        );
    }
    caller.accepted.push_back(caller.run_good(with(
        caller.snapshot_line("/v1/snapshots/open", "open"),
        {{"jira-snapshots-api-key", "Jira-Snapshots-API-Key"}}
    )));
    CHECK(stack.unfinished(caller.accepted).empty());
}

TEST_CASE("A snapshot's address takes POST alone, and says so", "[seed_calls]") {
    Stack& stack = shared_stack();
    Caller caller(stack);
    for (const std::string path : {"/v1/snapshots/open", "/take-snapshot/1"}) {
        const std::string good =
            caller.snapshot_line(path, path == "/v1/snapshots/open" ? "open" : "site");
        for (const std::string method : {"GET", "PUT", "DELETE", "PATCH"}) {
            INFO(method << " " << path);
            const CurlReply reply = caller.run_bad(with(good, {{"POST", method}}), 405);
            CHECK((reply.head + "\r\n").find("\r\nAllow: POST\r\n") != std::string::npos);
        }
    }
    const std::string snapshot = caller.snapshot_line("/v1/snapshots/open", "open");
    caller.accepted.push_back(caller.run_good(snapshot + " --data '{}'"));
    CHECK(stack.unfinished(caller.accepted).empty());
}

TEST_CASE(
    "A regenerated key ends the old one's calls, and so does the snapshot's switch", "[seed_calls]"
) {
    Stack& stack = shared_stack();
    Caller caller(stack);
    const std::string old_line = caller.snapshot_line("/v1/snapshots/open", "open");
    caller.accepted.push_back(caller.run_good(old_line));
    const auto keys = parse_json(stack.admin("GET", "/admin/v1/keys").body, "keys");
    REQUIRE(keys);
    std::string id;
    for (const auto& key : find(*keys, "keys")->get_array()) {
        if (string_at(*find(key, "document"), "subject") == "open") id = string_at(key, "id");
    }
    REQUIRE_FALSE(id.empty());
    const auto renewed =
        parse_json(stack.admin("POST", "/admin/v1/keys/" + id + "/regenerate").body, "the key");
    REQUIRE(renewed);
    caller.run_bad(old_line, 403);
    const std::string line = with(old_line, {{stack.key("open"), string_at(*renewed, "key")}});
    caller.accepted.push_back(caller.run_good(line));

    const auto entry = parse_json(stack.admin("GET", "/admin/v1/snapshots/open").body, "entry");
    REQUIRE(entry);
    boost::json::object document = find(*entry, "document")->get_object();
    const auto put = [&](bool enabled) {
        document["enabled"] = enabled;
        const std::string text = boost::json::serialize(document);
        REQUIRE(stack.admin("PUT", "/admin/v1/snapshots/open", text).status == 200);
    };
    put(false);
    caller.run_bad(line, 403);
    put(true);
    caller.accepted.push_back(caller.run_good(line));
    CHECK(stack.unfinished(caller.accepted).empty());
}
