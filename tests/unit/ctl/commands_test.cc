#include "ingress/ctl/commands.h"

#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace std::chrono_literals;
using namespace pagepress::test;

TEST_CASE("A server that does not answer is one sentence and exit code 1", "[ctl]") {
    Setting setting;
    setting.http.fail_with(ErrorCode::kUnavailable, "http://admin does not answer");
    CHECK(setting.run(GetCommand{.resource = Resource::kRules}) == kExitFailed);
    CHECK(
        setting.err.str() ==
        "pagepressctl: http://admin does not answer; is --admin-url (or PAGEPRESS_ADMIN_URL) the "
        "ingress' --admin-listen address, and does it run?\n"
    );
}

TEST_CASE(
    "A listener that does not know the path is told from an entry that is not there", "[ctl]"
) {
    const auto [body, has_hint] = GENERATE(table<std::string, bool>({
        {R"({"detail":"There is nothing at this address."})", true},
        {"<html>", true},
        {"", true},
        {R"({"detail":"There is no rule 'x'."})", false},
    }));
    Setting setting;
    setting.http.answer(404, body);
    CHECK(setting.run(GetCommand{.resource = Resource::kRules, .id = "x"}) == kExitFailed);
    CHECK(setting.err.str().contains("(HTTP 404); is --admin-url (or") == has_hint);
}

TEST_CASE(
    "A token file that is missing, unreadable or not fit for a header is bad input", "[ctl]"
) {
    Setting setting;
    const std::string unfit = setting.folder.write("unfit", "a\x01\nb\n");
    const std::vector<std::string> files{"", setting.folder.path() + "/none", unfit};
    setting.token_file = files.at(GENERATE(0U, 1U, 2U));
    CHECK(setting.run(ListKeysCommand{}) == kExitBadInput);
    CHECK(setting.http.calls.empty());
    CHECK(setting.err.str().starts_with("pagepressctl: "));
}

TEST_CASE("delete removes an entry or says why not", "[ctl]") {
    Setting setting;
    setting.http.answer(204, "");
    setting.http.answer(404, R"({"title":"Not Found","detail":"there is no rule 'x'"})");
    CHECK(setting.run(DeleteCommand{.kind = EntryKind::kApiKey, .id = "k1"}) == kExitOk);
    CHECK(setting.run(DeleteCommand{.kind = EntryKind::kRule, .id = "x"}) == kExitFailed);
    CHECK(
        setting.lines_of_calls() ==
        Lines{"DELETE http://admin/admin/v1/keys/k1", "DELETE http://admin/admin/v1/rules/x"}
    );
    CHECK(setting.out.str() == "key k1 deleted\n");
    CHECK(setting.err.str() == "pagepressctl: there is no rule 'x' (HTTP 404)\n");
}

TEST_CASE("trigger calls the public routes with the key in the route's own header", "[ctl]") {
    using Target = TriggerCommand::Target;
    const auto [target, id, issue, url, header] =
        GENERATE(table<Target, std::string, std::string, std::string, std::string>({
            {Target::kRule,
             "release",
             "PROJ 1",
             "POST http://i/v1/trigger?method=triggerRule&ruleId=release&issueId=PROJ%201",
             "x-autopage-api-key: open"},
            {Target::kSnapshot,
             "open",
             "",
             "POST http://i/v1/snapshots/open",
             "jira-snapshots-api-key: open"},
            {Target::kPage,
             "12",
             "",
             "POST http://i/take-snapshot/12",
             "jira-snapshots-api-key: open"},
        }));
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    TriggerCommand command;
    command.target = target;
    command.id = id;
    command.issue = issue;
    command.url = "http://i/";
    command.key_file = setting.key_file;
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{url});
    CHECK(setting.has_header(0, header));
    CHECK(setting.out.str() == "j1\n");
}

namespace {

TriggerCommand waiting_trigger(const Setting& setting) {
    TriggerCommand command;
    command.target = TriggerCommand::Target::kSnapshot;
    command.id = "open";
    command.url = "http://i";
    command.key_file = setting.key_file;
    command.wait_max = 10s;
    return command;
}

}  // namespace

TEST_CASE("trigger --wait looks at the job until it is over, across failed looks", "[ctl]") {
    const auto [status, exit_code] = GENERATE(table<std::string, int>(
        {{"done", kExitOk}, {"coalesced", kExitOk}, {"skipped", kExitOk}, {"dead", kExitFailed}}
    ));
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    setting.http.answer(200, R"({"status":"queued"})");
    setting.http.answer(503, "");
    setting.http.fail_with(ErrorCode::kUnavailable, "gone");
    setting.http.answer(200, R"({"status":"running"})");
    setting.http.answer(200, R"({"status":")" + status + R"(","reason":"so"})");
    CHECK(setting.run(waiting_trigger(setting)) == exit_code);
    CHECK(setting.lines_of_calls().at(1) == "GET http://i/v1/jobs/j1?wait=10s");
    CHECK(setting.http.calls.at(1).timeout == 20s);
    CHECK(setting.has_header(5, "jira-snapshots-api-key: open"));
    CHECK(setting.out.str() == "status: " + status + "\nreason: so\n");
    const std::string end = status == "dead" ? "pagepressctl: the job is dead: so\n" : "";
    CHECK(setting.err.str() == "job j1\n" + end);
}

TEST_CASE("trigger --wait -o json writes one document on standard output", "[ctl]") {
    Setting setting;
    TriggerCommand command = waiting_trigger(setting);
    command.format = OutputFormat::kJson;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    setting.http.answer(200, R"({"jobId":"j1","status":"done"})");
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.out.str() == "{\"jobId\":\"j1\",\"status\":\"done\"}\n");
}

TEST_CASE("trigger --wait tells why it could not learn the job's status", "[ctl]") {
    const auto [status, body, words] = GENERATE(table<int, std::string, std::string>({
        {503, R"({"detail":"The store is away."})", "The store is away. (HTTP 503)"},
        {200, R"({"status":"unknown","detail":"Nothing is kept."})", "Nothing is kept."},
        {0,
         "no answer: refused",
         "no answer: refused; is --url (or PAGEPRESS_PUBLIC_URL) the ingress' --listen address, "
         "and does it run?"},
    }));
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    setting.http.answer(200, R"({"status":"queued"})");
    for (int i = 0; i < 20; ++i) {
        if (status == 0) setting.http.fail_with(ErrorCode::kUnavailable, body);
        if (status != 0) setting.http.answer(status, body);
    }
    CHECK(setting.run(waiting_trigger(setting)) == kExitTimeUp);
    CHECK(setting.waited >= 10s);
    CHECK(
        setting.err.str() ==
        "job j1\npagepressctl: the job was accepted, but its status is not known after 10 s: " +
            words + "\n"
    );
}

TEST_CASE("trigger --wait forgets a look that failed once a later one is answered", "[ctl]") {
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    setting.http.answer(503, R"({"detail":"The store is away."})");
    for (int i = 0; i < 20; ++i) setting.http.answer(200, R"({"status":"running"})");
    CHECK(setting.run(waiting_trigger(setting)) == kExitTimeUp);
    CHECK(setting.err.str().ends_with("the job is not over after 10 s; it goes on\n"));
}

TEST_CASE("trigger --wait does not pause while the server waits itself", "[ctl]") {
    Setting setting;
    TriggerCommand command = waiting_trigger(setting);
    command.wait_max = 100s;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    setting.http.answer(200, R"({"status":"running"})", 30s);
    setting.http.answer(200, R"({"status":"running"})", 30s);
    setting.http.answer(200, R"({"status":"done"})", 4s);
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.waited == 0s);
    CHECK(setting.lines_of_calls().at(3) == "GET http://i/v1/jobs/j1?wait=30s");
}

TEST_CASE("trigger --wait gives up after its time and says that the job goes on", "[ctl]") {
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    for (int i = 0; i < 20; ++i) setting.http.answer(200, R"({"status":"running"})");
    CHECK(setting.run(waiting_trigger(setting)) == kExitTimeUp);
    CHECK(setting.waited >= 10s);
    CHECK(setting.waited < 13s);
    CHECK(
        setting.err.str() == "job j1\npagepressctl: the job is not over after 10 s; it goes on\n"
    );
}

TEST_CASE("A refused trigger is exit code 1 with the server's reason", "[ctl]") {
    Setting setting;
    setting.http.answer(403, R"({"title":"Forbidden"})");
    CHECK(setting.run(waiting_trigger(setting)) == kExitFailed);
    CHECK(setting.err.str() == "pagepressctl: Forbidden (HTTP 403)\n");
    CHECK(setting.out.str().empty());
}

TEST_CASE("jobs get shows the status of a job", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"jobId":"j1","status":"done","version":3})");
    CHECK(setting.run(GetJobCommand{.id = "j1"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/jobs/j1"});
    CHECK(setting.out.str() == "jobId: j1\nstatus: done\nversion: 3\n");
}

TEST_CASE("topics create sends its numbers and names what was created", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"created":["pagepress.jobs"]})");
    const CreateTopicsCommand command{.partitions = 6, .replication = 3, .min_insync_replicas = 2};
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"POST http://admin/admin/v1/topics"});
    CHECK(
        setting.http.calls[0].body == R"({"partitions":6,"replication":3,"minInsyncReplicas":2})"
    );
    CHECK(setting.out.str() == "topic pagepress.jobs created\n");
}

TEST_CASE("An error page that is not JSON still tells its status", "[ctl]") {
    Setting setting;
    setting.http.answer(502, "<html>");
    CHECK(setting.run(ListKeysCommand{}) == kExitFailed);
    CHECK(setting.err.str() == "pagepressctl: the service gives no reason (HTTP 502)\n");
}

TEST_CASE("A key that the server refuses is refused with the server's reasons", "[ctl]") {
    Setting setting;
    setting.http.answer(422, R"({"detail":"The document has problems; see 'errors'.","errors":[
        {"field":"subject","message":"there is no rule 'nope'"}]})");
    CreateKeyCommand command;
    command.scope = EntryKind::kRule;
    command.subject = "nope";
    CHECK(setting.run(command) == kExitFailed);
    CHECK(setting.err.str() == "pagepressctl: subject: there is no rule 'nope' (HTTP 422)\n");
}
