#include "common/json/json_value.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/entry_files.h"
#include "ingress/ctl/table.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

namespace {

constexpr const char* kRules = R"({"rules":[
    {"id":"release","revision":3,"document":{"site":"acme","page":{"space":"S","title":"2024",
     "body":"a\nb\n"}}},
    {"id":"b","revision":4,"document":{"site":"acme","enabled":false,"name":"B\u001b[2J",
     "page":{"space":"S","title":"$#Key #1","body":"no"}}}]})";

}  // namespace

TEST_CASE("get shows one entry in the form that apply takes", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"id":"release","revision":3,"document":{"site":"acme",
        "page":{"space":"S","title":"2024","body":"a\nb\n"}}})");
    CHECK(setting.run(GetCommand{.resource = Resource::kRules, .id = "release"}) == kExitOk);
    CHECK(setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/rules/release"});
    CHECK(
        setting.out.str() ==
        "kind: rule\nid: release\nsite: acme\npage:\n  space: S\n"
        "  title: \"2024\"\n  body: |\n    a\n    b\n"
    );
}

TEST_CASE("get shows a table of all entries, without a terminal's control characters", "[ctl]") {
    Setting setting;
    setting.http.answer(200, kRules);
    CHECK(setting.run(GetCommand{.resource = Resource::kRules}) == kExitOk);
    CHECK(
        setting.out.str() ==
        "ID       SITE  ENABLED  NAME   SPACE  TITLE\n"
        "release  acme  true            S      2024\n"
        "b        acme  false    B [2J  S      $#Key #1\n"
    );
}

TEST_CASE("What get -o yaml shows is what apply takes", "[ctl]") {
    Setting setting;
    setting.http.answer(200, kRules);
    CHECK(
        setting.run(GetCommand{.resource = Resource::kRules, .format = OutputFormat::kYaml}) ==
        kExitOk
    );
    const std::string text = setting.out.str();
    const EntryFiles files = read_entries("a.yaml", text);
    // The escape character is no part of a name; everything else is as it was.
    REQUIRE(files.entries.size() == 2);
    const auto rules = parse_json(kRules, "the rules");
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& entry = find(*rules, "rules")->as_array()[i];
        CHECK(files.entries[i].id == string_at(entry, "id"));
        CHECK(files.entries[i].document == *find(entry, "document"));
    }

    Setting again;
    const auto file = again.folder.write("a.yaml", text.substr(0, text.find("---")));
    again.http.answer(200, kRules);
    CHECK(again.run(ApplyCommand{.paths = {file}}) == kExitOk);
    CHECK(again.out.str() == "rule release unchanged\n");
}

TEST_CASE("get -o json shows one list", "[ctl]") {
    Setting setting;
    setting.http.answer(200, R"({"sites":[{"id":"a","revision":1,"document":{"auth":"basic"}},
        {"id":"b","revision":2,"document":{"auth":"bearer"}}]})");
    const GetCommand command{.resource = Resource::kSites, .format = OutputFormat::kJson};
    CHECK(setting.run(command) == kExitOk);
    CHECK(
        setting.out.str() == R"([{"kind":"site","id":"a","auth":"basic"},)"
                             R"({"kind":"site","id":"b","auth":"bearer"}])"
                             "\n"
    );
}

TEST_CASE("get shows schedules and keys as tables", "[ctl]") {
    Setting schedules;
    schedules.http.answer(200, R"({"schedules":[{"id":"friday","revision":1,"document":
        {"site":"acme","cron":"0 9 * * FRI","time_zone":"Europe/Berlin","refresh":{}}}]})");
    CHECK(schedules.run(GetCommand{.resource = Resource::kSchedules}) == kExitOk);
    CHECK(
        schedules.out.str() ==
        "ID      SITE  ENABLED  NAME  CRON         EVERY  TIME_ZONE\n"
        "friday  acme  true           0 9 * * FRI         Europe/Berlin\n"
    );
    Setting keys;
    keys.http.answer(200, R"({"keys":[{"id":"k1","document":{"scope":"rule","subject":"release",
        "name":"ci","state":"active","last_used":"2026-01-02T08:00:00Z"}}]})");
    CHECK(keys.run(GetCommand{.resource = Resource::kKeys}) == kExitOk);
    CHECK(keys.out.str().contains("k1  rule   release  ci    active"));
}

TEST_CASE("get shows jobs and batches with their times as ISO 8601", "[ctl]") {
    Setting setting;
    setting.http.answer(
        200, R"({"jobId":"j1","status":"done","acceptedAt":1767348000000,"attempts":1})"
    );
    CHECK(setting.run(GetCommand{.resource = Resource::kJobs, .id = "j1"}) == kExitOk);
    CHECK(
        setting.out.str() ==
        "jobId: j1\nstatus: done\nacceptedAt: 2026-01-02T10:00:00Z\nattempts: 1\n"
    );
    Setting batch;
    batch.http.answer(200, R"({"batchId":"b1","status":"running"})");
    CHECK(batch.run(GetCommand{.resource = Resource::kBatches, .id = "b1"}) == kExitOk);
    CHECK(batch.lines_of_calls() == Lines{"GET http://admin/admin/v1/batches/b1"});
}

TEST_CASE("Jobs and batches are shown one by one", "[ctl]") {
    Setting setting;
    CHECK(setting.run(GetCommand{.resource = Resource::kJobs}) == kExitBadInput);
    CHECK(setting.http.calls.empty());
    CHECK(setting.err.str().starts_with("pagepressctl: jobs are shown one by one"));
}

TEST_CASE("A table cuts long cells between characters", "[ctl]") {
    Table table({"A", "B"});
    std::string text;
    for (int i = 0; i < 70; ++i) text += "ü";
    table.add({text, "x"});
    const std::string lines = table.text();
    std::string cut;
    for (int i = 0; i < 59; ++i) cut += "ü";
    CHECK(lines.ends_with(cut.substr(0, 2 * 59) + "…  x\n"));
}
