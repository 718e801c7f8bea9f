#include "ingress/ctl/commands.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
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
constexpr const char* kRuleJson =
    R"({"site":"acme","page":{"space":"REL","title":"t","body":"b"}})";

std::string listed(const std::string& id, int revision, const std::string& document) {
    return R"({"id":")" + id + R"(","revision":)" + std::to_string(revision) + R"(,"document":)" +
           document + "}";
}

}  // namespace

TEST_CASE("apply sends sites before rules, and says what became of each entry", "[ctl]") {
    Setting setting;
    const auto rules = setting.folder.write("a_rules.yaml", kRule);
    const auto sites = setting.folder.write("b_sites.yaml", kSite);
    setting.http.answer(200, R"({"sites":[]})");
    setting.http.answer(200, R"({"rules":[)" + listed("release", 7, R"({"site":"other"})") + "]}");
    setting.http.answer(201, R"({"id":"acme","revision":1})");
    setting.http.answer(200, R"({"id":"release","revision":8})");
    CHECK(setting.run(ApplyCommand{.paths = {rules, sites}}) == kExitOk);
    CHECK(
        setting.lines_of_calls() ==
        Lines{
            "GET http://admin/admin/v1/sites?limit=500",
            "GET http://admin/admin/v1/rules?limit=500",
            "PUT http://admin/admin/v1/sites/acme",
            "PUT http://admin/admin/v1/rules/release",
        }
    );
    CHECK(setting.http.calls[2].body == kSiteJson);
    CHECK(setting.has_header(2, "If-None-Match: *"));
    CHECK(setting.has_header(2, "Authorization: Bearer sesame"));
    CHECK(setting.has_header(2, "Content-Type: application/json"));
    CHECK(setting.has_header(3, "If-Match: \"7\""));
    CHECK(setting.out.str() == "site acme created\nrule release updated\n");
    CHECK(setting.err.str().empty());
}

TEST_CASE("apply does not write what is there already", "[ctl]") {
    Setting setting;
    const auto sites = setting.folder.write("sites.yaml", kSite);
    std::string stored = kSiteJson;
    stored.insert(1, R"("id":"acme",)");
    setting.http.answer(200, R"({"sites":[)" + listed("acme", 4, stored) + "]}");
    CHECK(setting.run(ApplyCommand{.paths = {sites}}) == kExitOk);
    CHECK(setting.http.calls.size() == 1);
    CHECK(setting.out.str() == "site acme unchanged\n");
}

TEST_CASE("apply reads all pages of what the server has", "[ctl]") {
    Setting setting;
    const auto sites = setting.folder.write("sites.yaml", kSite);
    setting.http.answer(200, R"({"sites":[],"next":"a b"})");
    setting.http.answer(200, R"({"sites":[)" + listed("acme", 4, kSiteJson) + "]}");
    CHECK(setting.run(ApplyCommand{.paths = {sites}}) == kExitOk);
    CHECK(
        setting.lines_of_calls().at(1) == "GET http://admin/admin/v1/sites?limit=500&cursor=a%20b"
    );
    CHECK(setting.out.str() == "site acme unchanged\n");
}

TEST_CASE("apply sends nothing when any file has a problem", "[ctl]") {
    Setting setting;
    const auto good = setting.folder.write("a.yaml", kSite);
    const auto bad = setting.folder.write("b.yaml", "kind: rule\nid: x\nsite: acme\n");
    CHECK(setting.run(ApplyCommand{.paths = {good, bad}}) == kExitBadInput);
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
    CHECK(setting.run(ApplyCommand{.paths = {file}}) == kExitFailed);
    CHECK(
        setting.err.str() == file + ":3: site: names no site\n" + file +
                                 ":6: page.title: has a placeholder that is not closed\n"
    );
    CHECK(setting.out.str() == "rule b created\n");
}

TEST_CASE("apply stops at a server that refuses the token or fails", "[ctl]") {
    const int status = GENERATE(401, 500, 503);
    Setting setting;
    const auto file = setting.folder.write("a.yaml", std::string(kSite) + "---\n" + kRule);
    setting.http.answer(200, R"({"sites":[]})");
    setting.http.answer(200, R"({"rules":[]})");
    setting.http.answer(status, R"({"detail":"no"})");
    CHECK(setting.run(ApplyCommand{.paths = {file}}) == kExitFailed);
    CHECK(setting.http.calls.size() == 3);
    CHECK(
        setting.err.str() == file + ":1: site 'acme': no (HTTP " + std::to_string(status) + ")\n"
    );
}

TEST_CASE("apply does not overwrite what somebody else changed since it was read", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write("a.yaml", kRule);
    setting.http.answer(200, R"({"rules":[)" + listed("release", 7, R"({"site":"other"})") + "]}");
    setting.http.answer(409, R"({"detail":"The entry has revision 9 by now."})");
    CHECK(setting.run(ApplyCommand{.paths = {file}}) == kExitFailed);
    CHECK(
        setting.err.str() ==
        file +
            ":1: rule release was not touched, since it is not what it was when it was compared: "
            "The entry has revision 9 by now. (HTTP 409); apply again to see what is different\n"
    );
}

TEST_CASE("apply --dry-run shows what differs and sends nothing", "[ctl]") {
    const bool tells = GENERATE(false, true);
    Setting setting;
    const auto file = setting.folder.write(
        "a.yaml",
        std::string(kSite) + "---\n" + kRule +
            "---\nkind: rule\nid: other\nsite: acme\nenabled: false\npage:\n  space: REL\n"
            "  title: new\n  body: |\n    one\n    2\n    three\n"
    );
    setting.http.answer(200, R"({"sites":[)" + listed("acme", 4, kSiteJson) + "]}");
    setting.http.answer(
        200,
        R"({"rules":[)" +
            listed(
                "other",
                5,
                R"({"site":"acme","name":"Old","page":{"space":"REL","title":"old",)"
                R"("body":"one\ntwo\nthree\n"}})"
            ) +
            "]}"
    );
    const ApplyCommand command{
        .paths = {file}, .is_dry_run = true, .tells_differences = tells, .prunes = false};
    CHECK(setting.run(command) == (tells ? kExitDifferent : kExitOk));
    CHECK(setting.http.calls.size() == 2);
    CHECK(
        setting.out.str() ==
        "site acme: unchanged\n"
        "rule release: new\n"
        "  + site: acme\n"
        "  + page.space: REL\n"
        "  + page.title: t\n"
        "  + page.body: b\n"
        "rule other: changed\n"
        "  + enabled: false\n"
        "  ~ page.title: old → new\n"
        "  ~ page.body:\n"
        "      @@ -1,3 +1,3 @@\n"
        "       one\n"
        "      -two\n"
        "      +2\n"
        "       three\n"
        "  - name: Old\n"
    );
    CHECK(
        setting.err.str() == "1 new, 1 changed, 1 unchanged, 0 to be removed; nothing was sent\n"
    );
}

TEST_CASE("apply --dry-run fails as apply would when an entry names what is not there", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write(
        "a.yaml",
        std::string(kRule) + "---\n" +
            "kind: schedule\nid: nightly\nsite: acme\nevery: 1h\nrefresh:\n  rule: gone\n"
            "  issues: [A-1]\n---\n"
            "kind: schedule\nid: weekly\nsite: acme\nevery: 1h\nrefresh:\n  rule: release\n"
            "  issues: [A-1]\n"
    );
    const bool has_site = GENERATE(true, false);
    const std::string sites = has_site ? listed("acme", 4, kSiteJson) : "";
    const std::string problems =
        has_site ? "" : file + ":3: site: there is no site 'acme'; create it first\n";
    setting.http.answer(200, R"({"rules":[)" + listed("gone", 5, kRuleJson) + "]}");
    setting.http.answer(200, R"({"schedules":[]})");
    setting.http.answer(200, R"({"snapshots":[]})");
    setting.http.answer(200, R"({"sites":[)" + sites + "]}");
    const ApplyCommand command{.paths = {file}, .is_dry_run = true, .prunes = true};
    CHECK(setting.run(command) == kExitFailed);
    CHECK(setting.out.str().starts_with("rule release: new\n"));
    CHECK(setting.err.str().starts_with("3 new, 0 changed, 0 unchanged, 1 to be removed; "));
    CHECK(setting.err.str().contains("nothing was sent\n" + problems));
    // The pruned rule is gone, the new one is there.
    CHECK(setting.err.str().contains(file + ":14: refresh.rule: ") == has_site);
    CHECK_FALSE(setting.err.str().contains(file + ":23: refresh"));
    for (const HttpCall& call : setting.http.calls) CHECK(call.method == "GET");
}

TEST_CASE("A dry run asks for sites that no file holds only when they are named", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write("a.yaml", kRule);
    setting.http.answer(200, R"({"rules":[)" + listed("release", 5, kRuleJson) + "]}");
    CHECK(setting.run(ApplyCommand{.paths = {file}, .is_dry_run = true}) == kExitOk);
    CHECK(setting.http.calls.size() == 1);
}

TEST_CASE("A dry run without differences is exit code 0", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write("a.yaml", kSite);
    setting.http.answer(200, R"({"sites":[)" + listed("acme", 4, kSiteJson) + "]}");
    const ApplyCommand command{.paths = {file}, .is_dry_run = true, .tells_differences = true};
    CHECK(setting.run(command) == kExitOk);
}

namespace {

/// A server with entries of two sites, of which the files hold one site and one rule.
ApplyCommand pruning(Setting& setting) {
    const auto file = setting.folder.write("a.yaml", std::string(kSite) + "---\n" + kRule);
    setting.http.answer(
        200, R"({"sites":[)" + listed("acme", 4, kSiteJson) + "," + listed("beta", 5, "{}") + "]}"
    );
    setting.http.answer(
        200,
        R"({"rules":[)" + listed("foreign", 8, R"({"site":"beta"})") + "," +
            listed("gone", 6, R"({"site":"acme"})") + "," + listed("release", 7, kRuleJson) + "]}"
    );
    setting.http.answer(200, R"({"schedules":[)" + listed("old", 3, R"({"site":"acme"})") + "]}");
    setting.http.answer(200, R"({"snapshots":[)" + listed("past", 9, R"({"site":"acme"})") + "]}");
    return {.paths = {file}, .prunes = true};
}

}  // namespace

TEST_CASE("apply --prune removes what no file holds, of the sites in the files", "[ctl]") {
    Setting setting;
    ApplyCommand command = pruning(setting);
    command.is_confirmed = true;
    for (int i = 0; i < 3; ++i) setting.http.answer(204, "");
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.out.str() ==
        "site acme unchanged\nrule release unchanged\nschedule old removed\n"
        "snapshot past removed\nrule gone removed\n"
    );
    const auto calls = setting.lines_of_calls();
    CHECK(calls.at(4) == "DELETE http://admin/admin/v1/schedules/old");
    CHECK(calls.at(5) == "DELETE http://admin/admin/v1/snapshots/past");
    CHECK(setting.has_header(5, "If-Match: \"9\""));
    CHECK(calls.at(6) == "DELETE http://admin/admin/v1/rules/gone");
    CHECK(calls.size() == 7);
}

TEST_CASE("apply --prune --all-sites takes the files for the whole catalog", "[ctl]") {
    Setting setting;
    ApplyCommand command = pruning(setting);
    command.prunes_other_sites = true;
    setting.person_says = "yes";
    for (int i = 0; i < 5; ++i) setting.http.answer(204, "");
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.out.str() ==
        "site acme unchanged\nrule release unchanged\nschedule old removed\n"
        "snapshot past removed\nrule foreign removed\nrule gone removed\nsite beta removed\n"
    );
}

TEST_CASE("apply --prune lists what it removes and does nothing without consent", "[ctl]") {
    Setting setting;
    const ApplyCommand command = pruning(setting);
    setting.person_says = GENERATE(std::optional<std::string>(), std::optional<std::string>("n"));
    CHECK(setting.run(command) == (setting.person_says ? kExitFailed : kExitBadInput));
    CHECK(setting.http.calls.size() == 4);
    CHECK(setting.err.str().starts_with(
        "in none of the files, and to be removed with their keys:\n  schedule old\n"
        "  snapshot past\n  rule gone\n"
        "Remove these 3 entries? [y/N] pagepressctl: nothing was sent"
    ));
    CHECK(setting.err.str().contains("add --yes") == !setting.person_says);
}

TEST_CASE("Nothing is removed when an entry was not written", "[ctl]") {
    Setting setting;
    const auto file = setting.folder.write("a.yaml", kRule);
    setting.http.answer(200, R"({"rules":[)" + listed("gone", 6, R"({"site":"acme"})") + "]}");
    setting.http.answer(200, R"({"schedules":[]})");
    setting.http.answer(200, R"({"snapshots":[]})");
    setting.http.answer(422, R"({"detail":"no"})");
    CHECK(
        setting.run(ApplyCommand{.paths = {file}, .prunes = true, .is_confirmed = true}) ==
        kExitFailed
    );
    CHECK(setting.http.calls.size() == 4);
    CHECK(setting.err.str().contains("nothing was removed, because an entry was not written"));
}

TEST_CASE("A removal that somebody came before is told, and the others are done", "[ctl]") {
    Setting setting;
    ApplyCommand command = pruning(setting);
    command.is_confirmed = true;
    setting.http.answer(204, "");
    setting.http.answer(409, R"({"detail":"The entry has revision 10 by now."})");
    setting.http.answer(204, "");
    CHECK(setting.run(command) == kExitFailed);
    CHECK(setting.err.str().contains("snapshot past was not touched"));
    CHECK(setting.out.str().ends_with("rule gone removed\n"));
}
