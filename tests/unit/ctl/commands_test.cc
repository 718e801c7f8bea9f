#include "ingress/ctl/commands.h"

#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace std::chrono_literals;
using namespace pagepress::test;

namespace {

constexpr const char* kSite = R"(kind: site
id: acme
jira_url: https://acme.atlassian.net
confluence_url: https://acme.atlassian.net/wiki
auth: basic
secret_file: /run/secrets/acme
)";
constexpr const char* kSiteJson =
    R"({"jira_url":"https://acme.atlassian.net","confluence_url":"https://acme.atlassian.net/wiki",)"
    R"("auth":"basic","secret_file":"/run/secrets/acme"})";
constexpr const char* kRule = R"(kind: rule
id: release
site: acme
page:
  space: REL
  title: t
  body: b
)";

}  // namespace

TEST_CASE("apply sends sites before rules, and says what became of each entry", "[ctl]") {
    Setting setting;
    const auto rules = setting.folder.write("a_rules.yaml", kRule);
    const auto sites = setting.folder.write("b_sites.yaml", kSite);
    setting.http.answer(200, R"({"sites":[]})");
    setting.http.answer(201, R"({"id":"acme","revision":1})");
    setting.http.answer(
        200, R"({"rules":[{"id":"release","revision":7,"document":{"site":"other"}}]})"
    );
    setting.http.answer(200, R"({"id":"release","revision":8})");
    CHECK(setting.run(ApplyCommand{{rules, sites}}) == kExitOk);
    CHECK(
        setting.lines_of_calls() ==
        Lines{
            "GET http://admin/admin/v1/sites",
            "PUT http://admin/admin/v1/sites/acme",
            "GET http://admin/admin/v1/rules",
            "PUT http://admin/admin/v1/rules/release",
        }
    );
    CHECK(setting.http.calls[1].body == kSiteJson);
    CHECK(setting.has_header(1, "If-None-Match: *"));
    CHECK(setting.has_header(1, "Authorization: Bearer sesame"));
    CHECK(setting.has_header(1, "Content-Type: application/json"));
    CHECK(setting.has_header(3, "If-Match: \"7\""));
    CHECK(setting.out.str() == "site acme created\nrule release updated\n");
    CHECK(setting.err.str().empty());
}

TEST_CASE("apply does not write what is there already", "[ctl]") {
    Setting setting;
    const auto sites = setting.folder.write("sites.yaml", kSite);
    std::string stored = kSiteJson;
    stored.insert(1, R"("id":"acme",)");
    setting.http.answer(200, R"({"sites":[{"id":"acme","revision":4,"document":)" + stored + "}]}");
    CHECK(setting.run(ApplyCommand{{sites}}) == kExitOk);
    CHECK(setting.http.calls.size() == 1);
    CHECK(setting.out.str() == "site acme unchanged\n");
}

TEST_CASE("apply sends nothing when any file has a problem", "[ctl]") {
    Setting setting;
    const auto good = setting.folder.write("a.yaml", kSite);
    const auto bad = setting.folder.write("b.yaml", "kind: rule\nid: x\nsite: acme\n");
    CHECK(setting.run(ApplyCommand{{good, bad}}) == kExitBadInput);
    CHECK(setting.http.calls.empty());
    CHECK(
        setting.err.str() == bad +
                                 ":1: page: is missing\n"
                                 "pagepressctl: 1 problem in the files; nothing was sent\n"
    );
}

TEST_CASE("apply names the server's problems with file and line, and goes on", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write(
        "a.yaml",
        std::string(kRule) +
            "---\nkind: rule\nid: b\n"
            "site: acme\npage: {space: S, title: t, body: b}\n"
    );
    setting.http.answer(200, R"({"rules":[]})");
    setting.http.answer(422, R"({"title":"Invalid","errors":[
        {"field":"page.title","message":"has a placeholder that is not closed"},
        {"field":"site","message":"names no site"}]})");
    setting.http.answer(201, "{}");
    CHECK(setting.run(ApplyCommand{{file}}) == kExitFailed);
    CHECK(
        setting.err.str() == file + ":6: page.title: has a placeholder that is not closed\n" +
                                 file + ":3: site: names no site\n"
    );
    CHECK(setting.out.str() == "rule b created\n");
}

TEST_CASE("apply stops at a server that refuses the token or fails", "[ctl]") {
    const int status = GENERATE(401, 500, 503);
    Setting setting;
    const auto file = setting.folder.write("a.yaml", std::string(kSite) + "---\n" + kRule);
    setting.http.answer(200, R"({"sites":[]})");
    setting.http.answer(status, R"({"detail":"no"})");
    CHECK(setting.run(ApplyCommand{{file}}) == kExitFailed);
    CHECK(setting.http.calls.size() == 2);
    CHECK(
        setting.err.str() == file + ":1: site 'acme': no (HTTP " + std::to_string(status) + ")\n"
    );
}

TEST_CASE("A server that does not answer is one sentence and exit code 1", "[ctl]") {
    Setting setting;
    setting.http.fail_with(ErrorCode::kUnavailable, "http://admin does not answer");
    CHECK(setting.run(GetCommand{.kind = EntryKind::kRule, .id = {}}) == kExitFailed);
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

TEST_CASE("get shows one entry in the form that apply takes", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"release","revision":3,"document":{"site":"acme",
        "page":{"space":"S","title":"2024","body":"a\nb\n"}}})");
    CHECK(setting.run(GetCommand{.kind = EntryKind::kRule, .id = "release"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/rules/release"});
    CHECK(
        setting.out.str() ==
        "kind: rule\nid: release\nsite: acme\npage:\n  space: S\n"
        "  title: \"2024\"\n  body: |\n    a\n    b\n"
    );
}

TEST_CASE("get shows all entries, as YAML documents or as one JSON list", "[ctl]") {
    constexpr const char* kList = R"({"sites":[{"id":"a","revision":1,"document":{"auth":"basic"}},
        {"id":"b","revision":2,"document":{"auth":"bearer"}}]})";
    Setting yaml;
    yaml.http.answer(200, kList);
    CHECK(yaml.run(GetCommand{.kind = EntryKind::kSite, .id = {}}) == kExitOk);
    CHECK(
        yaml.out.str() == "kind: site\nid: a\nauth: basic\n---\nkind: site\nid: b\nauth: bearer\n"
    );
    Setting json;
    json.http.answer(200, kList);
    const GetCommand command{.kind = EntryKind::kSite, .id = {}, .format = OutputFormat::kJson};
    CHECK(json.run(command) == kExitOk);
    CHECK(
        json.out.str() == R"([{"kind":"site","id":"a","auth":"basic"},)"
                          R"({"kind":"site","id":"b","auth":"bearer"}])"
                          "\n"
    );
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
    CHECK(setting.lines_of_calls().back() == "GET http://i/v1/jobs/j1");
    CHECK(setting.has_header(5, "jira-snapshots-api-key: open"));
    CHECK(setting.out.str() == "j1\nstatus: " + status + "\nreason: so\n");
    CHECK((setting.err.str() == "pagepressctl: the job is dead: so\n") == (status == "dead"));
}

TEST_CASE("trigger --wait gives up after its time and says that the job goes on", "[ctl]") {
    Setting setting;
    setting.http.answer(202, R"({"jobId":"j1","status":"queued"})");
    for (int i = 0; i < 20; ++i) setting.http.answer(200, R"({"status":"running"})");
    CHECK(setting.run(waiting_trigger(setting)) == kExitFailed);
    CHECK(setting.waited >= 10s);
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
