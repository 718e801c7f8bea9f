// Dead letters and audit.
#include "ingress/ctl/commands.h"
#include "ingress/ctl/harmless_text.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

namespace {

std::string letter(const std::string& id) {
    return R"({"id":")" + id + R"(","job_id":"j","kind":"rule","site":"acme","rule":"release",)" +
           R"("issue":"A-1","reason":"no space 'X'","code":"not_found",)" +
           R"("failed_at":"2026-01-02T08:00:00Z","redrive":0,"state":"dead"})";
}

std::string letters(const std::string& list, const std::string& more = "") {
    return R"({"dead_letters":[)" + list + "]" + more + "}";
}

std::string redriven(int matched, int count) {
    return R"({"matched":)" + std::to_string(matched) + R"(,"redriven":)" + std::to_string(count) +
           R"(,"dead_letters":[)" + letter("0-1") + "]}";
}

std::string event(const std::string& at, const std::string& type) {
    return R"({"at":")" + at + R"(","type":")" + type + R"(","rule":"release"})";
}

std::string events(const std::string& list) {
    return R"({"events":[)" + list + "]}";
}

}  // namespace

TEST_CASE("dead list follows the pages up to its limit and says if there is more", "[ctl]") {
    Setting setting;
    setting.http.answer(200, letters(letter("0-1"), R"(,"next":"c1")"));
    setting.http.answer(200, letters(letter("0-2"), R"(,"next":"c2")"));
    const ListDeadCommand command{.filter = {{"code", "not_found"}, {"since", "2h"}}, .limit = 2};
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.lines_of_calls() ==
        Lines{
            "GET http://admin/admin/v1/dead-letters?code=not_found&since=2h&limit=2",
            "GET http://admin/admin/v1/dead-letters?code=not_found&since=2h&limit=1&cursor=c1",
        }
    );
    CHECK(
        setting.out.str() ==
        "ID   FAILED_AT             SITE  SUBJECT      CODE       STATE  REASON\n"
        "0-1  2026-01-02T08:00:00Z  acme  release A-1  not_found  dead   no space 'X'\n"
        "0-2  2026-01-02T08:00:00Z  acme  release A-1  not_found  dead   no space 'X'\n"
    );
    CHECK(setting.err.str().contains("there are more"));
}

TEST_CASE("dead show shows one letter with its job", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"0-1","job":{"id":"j","acceptedAt":1767348000000}})");
    CHECK(setting.run(ShowDeadCommand{.id = "0-1"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/dead-letters/0-1"});
    CHECK(setting.out.str() == "id: 0-1\njob:\n  id: j\n  acceptedAt: 2026-01-02T10:00:00Z\n");
}

TEST_CASE("One dead letter that is named is redriven without a question", "[ctl]") {
    Setting setting;
    setting.http.answer(200, redriven(1, 1));
    CHECK(setting.run(RedriveCommand{.ids = {"0-1"}, .filter = {}}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"POST http://admin/admin/v1/dead-letters/redrive"});
    CHECK(setting.http.calls[0].body == R"({"ids":["0-1"]})");
    CHECK(setting.out.str() == "1 dead letter redriven\n");
}

TEST_CASE("Several dead letters are counted, shown and redriven with consent", "[ctl]") {
    Setting setting;
    setting.person_says = "y";
    setting.http.answer(200, redriven(3, 0));
    setting.http.answer(200, redriven(3, 3));
    const RedriveCommand command{.ids = {}, .filter = {{"code", "not_found"}}};
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.http.calls.at(0).body == R"({"filter":{"code":"not_found"},"dry_run":true})");
    CHECK(setting.http.calls.at(1).body == R"({"filter":{"code":"not_found"}})");
    CHECK(setting.err.str().contains("and 2 more\nRedrive these 3 dead letters? [y/N] "));
    CHECK(setting.out.str() == "3 dead letters redriven\n");
}

TEST_CASE("Without consent nothing is redriven; a dry run and --yes ask nobody", "[ctl]") {
    const RedriveCommand command{.ids = {}, .filter = {{"rule", "release"}}};
    Setting refused;
    refused.person_says = GENERATE(std::optional<std::string>(), std::optional<std::string>(""));
    refused.http.answer(200, redriven(3, 0));
    CHECK(refused.run(command) == (refused.person_says ? kExitFailed : kExitBadInput));
    CHECK(refused.http.calls.size() == 1);
    CHECK(refused.err.str().contains("nothing was redriven"));

    Setting dry;
    RedriveCommand dry_run = command;
    dry_run.is_dry_run = true;
    dry_run.is_confirmed = true;
    dry.http.answer(200, redriven(3, 0));
    CHECK(dry.run(dry_run) == kExitOk);
    CHECK(dry.http.calls.size() == 1);
    CHECK(dry.out.str().contains("0-1"));

    Setting confirmed;
    RedriveCommand yes = command;
    yes.is_confirmed = true;
    confirmed.http.answer(200, redriven(3, 2));
    CHECK(confirmed.run(yes) == kExitFailed);
    CHECK(confirmed.err.str().contains("1 of those that match were not sent"));
}

TEST_CASE("A redrive goes on until the server has sent all, and says how far it came", "[ctl]") {
    RedriveCommand command{.ids = {}, .filter = {{"rule", "release"}}};
    command.is_confirmed = true;
    Setting setting;
    setting.http.answer(200, R"({"matched":1000,"redriven":1000,"next":"c1"})");
    setting.http.answer(200, R"({"matched":7,"redriven":7})");
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.http.calls.at(1).body == R"({"filter":{"rule":"release"},"cursor":"c1"})");
    CHECK(setting.out.str() == "1007 dead letters redriven\n");

    Setting broken;
    broken.http.answer(200, R"({"matched":1000,"redriven":1000,"next":"c1"})");
    broken.http.answer(503, R"({"detail":"Kafka is away"})");
    CHECK(broken.run(command) == kExitFailed);
    CHECK(
        broken.err.str() ==
        "pagepressctl: Kafka is away (HTTP 503)\n1000 dead letters redriven before that\n"
    );
}

TEST_CASE("A trial and its question count what is on all pages", "[ctl]") {
    const auto page = [](const std::string& id, const std::string& more) {
        return R"({"matched":500,"redriven":0,"dead_letters":[)" + letter(id) + "]" + more + "}";
    };
    RedriveCommand command{.ids = {}, .filter = {{"rule", "release"}}};
    command.is_dry_run = GENERATE(false, true);
    Setting setting;
    setting.person_says = "n";
    setting.http.answer(200, page("0-1", R"(,"next":"c1")"));
    setting.http.answer(200, page("0-501", ""));
    CHECK(setting.run(command) == (command.is_dry_run ? kExitOk : kExitFailed));
    REQUIRE(setting.http.calls.size() == 2);
    CHECK(
        setting.http.calls[1].body ==
        R"({"filter":{"rule":"release"},"dry_run":true,"cursor":"c1"})"
    );
    const std::string shown = setting.out.str() + setting.err.str();
    CHECK(shown.contains("0-1 "));
    CHECK(shown.contains("0-501 "));
    CHECK(shown.contains("and 998 more\n"));
    CHECK(shown.contains(
        command.is_dry_run ? "1000 dead letters would be redriven"
                           : "Redrive these 1000 dead letters? [y/N] "
    ));
}

TEST_CASE("A redrive of everything must be meant", "[ctl]") {
    Setting setting;
    CHECK(setting.run(RedriveCommand{.ids = {}, .filter = {}}) == kExitBadInput);
    CHECK(setting.run(RedriveCommand{.ids = {"0-1"}, .filter = {{"rule", "r"}}}) == kExitBadInput);
    CHECK(setting.http.calls.empty());
}

TEST_CASE("audit tail shows the newest events in the order of time", "[ctl]") {
    Setting setting;
    setting.http.answer(
        200,
        events(
            event("2026-01-02T08:00:03Z", "page.updated") + "," +
            event("2026-01-02T08:00:01Z", "rule.created") + "," +
            R"({"id":"0-7","at":"2026-01-02T08:00:02Z","at_ms":1767340802500,"type":"job.skipped","reason":"no change","n":2})"
        )
    );
    const TailAuditCommand command{.filter = {{"since", "1h"}}, .limit = 2};
    CHECK(setting.run(command) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/audit?since=1h&limit=500"});
    CHECK(
        setting.out.str() ==
        "2026-01-02T08:00:02Z  job.skipped  reason=\"no change\"  n=2\n"
        "2026-01-02T08:00:03Z  page.updated  rule=release\n"
    );
}

TEST_CASE("audit tail --follow shows each event once, across failed looks", "[ctl]") {
    Setting setting;
    const std::string first = event("2026-01-02T09:00:00Z", "a");
    const std::string late = event("2026-01-02T08:59:55Z", "b");
    const std::string next = event("2026-01-02T09:00:04Z", "c");
    setting.http.answer(200, events(first));
    setting.http.answer(200, events(first + "," + late));
    setting.http.answer(503, R"({"detail":"soon"})");
    setting.http.answer(200, events(late + "," + first + "," + next));
    setting.is_interrupted = [&] { return setting.http.calls.size() == 4; };
    const TailAuditCommand command{
        .filter = {{"rule", "release"}, {"since", "1h"}}, .follows = true};
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.out.str() ==
        "2026-01-02T09:00:00Z  a  rule=release\n2026-01-02T08:59:55Z  b  rule=release\n"
        "2026-01-02T09:00:04Z  c  rule=release\n"
    );
    CHECK(
        setting.lines_of_calls().at(1) ==
        "GET http://admin/admin/v1/audit?rule=release&since=2026-01-02T08%3A59%3A45Z&limit=500"
    );
    CHECK(setting.err.str() == "pagepressctl: soon (HTTP 503)\n");
}

TEST_CASE("What others wrote cannot steer a terminal", "[ctl]") {
    const auto shown = [](std::string_view text) {
        std::ostringstream terminal;
        HarmlessText harmless(*terminal.rdbuf());
        std::ostream out(&harmless);
        out << text << std::flush;
        CHECK(out.good());
        return terminal.str();
    };
    CHECK(shown("a\tb\nc") == "a\tb\nc");
    CHECK(shown("Größe → 25 °C ©") == "Größe → 25 °C ©");
    CHECK(shown("\x1b]0;title\x07\r\x1b[2Jx\x7f\b") == "�]0;title���[2Jx��");
    CHECK(
        shown("\xc2\x9b"
              "31m \xc2\xa0|") == "�31m \xc2\xa0|"
    );  // C1, and what is near
    std::ostringstream terminal;
    HarmlessText harmless(*terminal.rdbuf());
    std::ostream out(&harmless);
    out << "\xc2"
        << "\x9b";  // in two pieces
    CHECK(terminal.str() == "�");
}
