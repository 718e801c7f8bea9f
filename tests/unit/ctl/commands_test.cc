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
    CHECK(setting.err.str() == "pagepressctl: http://admin does not answer\n");
}

TEST_CASE(
    "A token file that is missing, unreadable or not fit for a header is bad input", "[ctl]"
) {
    Setting setting;
    const std::string unfit = setting.folder.write("unfit", "a\r\nX: y");
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
    CHECK(setting.out.str() == "j1\nstatus: " + status + "\nreason: so\n");
    CHECK((setting.err.str() == "pagepressctl: the job is dead: so\n") == (status == "dead"));
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
    CHECK(setting.err.str() == "pagepressctl: the job is not over after 10 s; it goes on\n");
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
