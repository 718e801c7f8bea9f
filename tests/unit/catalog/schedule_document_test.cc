#include "common/catalog/catalog.h"
#include "common/catalog/documents.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

Checked<Schedule> read(std::string_view text) {
    const auto document = parse_json(text, "the test document");
    REQUIRE(document);
    return read_schedule("weekly", *document);
}

std::vector<std::string> problems_of(std::string_view text) {
    std::vector<std::string> lines;
    for (const Problem& problem : read(text).problems) {
        lines.push_back(problem.field + ": " + problem.message);
    }
    return lines;
}

std::string with(std::string_view members) {
    return R"({"site":"acme","refresh":{"all_snapshots":true},)" + std::string(members) + "}";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A schedule is read with everything it may hold", "[catalog]") {
    const auto checked = read(R"({"id":"weekly","site":"acme","enabled":false,"name":"Fridays",
        "cron":"0 15 * * FRI","time_zone":"Europe/Berlin","spread":"30m","catch_up":"2h",
        "missed":"once","refresh":{"rule":"release","jql":"project = A"}})");
    REQUIRE(checked.problems.empty());
    const Schedule& schedule = checked.value;
    CHECK(schedule.id == "weekly");
    CHECK(schedule.site == "acme");
    CHECK_FALSE(schedule.enabled);
    CHECK(schedule.name == "Fridays");
    CHECK(schedule.catch_up == 2h);
    CHECK(schedule.missed == Schedule::Missed::kOnce);
    CHECK(schedule.refresh.select == Batch::Select::kJql);
    CHECK(schedule.refresh.rule == "release");
    CHECK(schedule.refresh.spread == 30min);
    // 2026-01-02 was a Friday; 15:00 in Berlin is 14:00 UTC.
    CHECK(schedule.timetable.next(1'767'225'600'000) == 1'767'362'400'000);
}

TEST_CASE("A schedule has defaults", "[catalog]") {
    const auto checked = read(with(R"("every":"6h")"));
    REQUIRE(checked.problems.empty());
    CHECK(checked.value.enabled);
    CHECK(checked.value.catch_up == 1h);
    CHECK(checked.value.missed == Schedule::Missed::kSkip);
    CHECK(checked.value.refresh.spread == 0ms);
    CHECK(checked.value.timetable.next(0) == 21'600'000);
    CHECK(read(with(R"("cron":"0 9 * * *")")).value.timetable.next(0) == 32'400'000);
}

TEST_CASE("What is wrong with a schedule is named with its member", "[catalog]") {
    CHECK(problems_of("{}").size() == 3);
    CHECK(
        problems_of(with(R"("name":"n")")) ==
        Lines{"cron: exactly one of cron and every must be given"}
    );
    CHECK(
        problems_of(with(R"("cron":"@daily","every":"1h")")) ==
        Lines{"cron: exactly one of cron and every must be given"}
    );
    CHECK(
        problems_of(with(R"("cron":"0 0 31 2 *")")) ==
        Lines{"cron: names a day that no month of it ever has"}
    );
    CHECK(problems_of(with(R"("every":"4s")")) == Lines{"every: must be 5s to 366d long"});
    CHECK(
        problems_of(with(R"("every":"1h","time_zone":"UTC")")) ==
        Lines{"time_zone: has no meaning with every, which counts from 1970"}
    );
    CHECK(
        problems_of(with(R"("every":"1h","catch_up":"25h")")) ==
        Lines{"catch_up: must be 0s to 1d long"}
    );
    CHECK(
        problems_of(with(R"("every":"1h","missed":"twice")")) ==
        Lines{R"(missed: is "twice"; allowed is: skip, once)"}
    );
    CHECK(problems_of(with(R"("every":"1h","spread":"often")")).size() == 1);
    const auto zone = problems_of(with(R"("cron":"@daily","time_zone":"Europe/Belrin")"));
    REQUIRE(zone.size() == 1);
    CHECK(zone[0].starts_with("time_zone: is no time zone that this machine knows"));
    CHECK(
        problems_of(R"({"site":"acme","every":"1h","spread":"1m",
        "refresh":{"page":"12","spread":"2m"}})") ==
        Lines{"spread: is given twice: here and in refresh"}
    );
    CHECK(problems_of(R"({"site":"acme","every":"1h","refresh":{"rule":"r"}})")[0].starts_with(
        "refresh"
    ));
}

TEST_CASE("The catalog knows schedules and when they were written", "[catalog]") {
    Catalog catalog;
    const std::string document = with(R"("every":"6h")");
    catalog.apply("schedule/b", document, 1, 5'000);
    catalog.apply("schedule/a", document, 2, 6'000);
    REQUIRE(catalog.schedule("b") != nullptr);
    CHECK(catalog.schedule("b")->site == "acme");
    CHECK(catalog.ids(EntryKind::kSchedule) == std::vector<std::string>{"a", "b"});
    auto all = catalog.schedules();
    REQUIRE(all.size() == 2);
    CHECK(all[1].schedule->id == "b");
    CHECK(all[1].written_at == 5'000);
    catalog.apply("schedule/b", document, 3, 9'000);
    CHECK(catalog.schedules()[1].written_at == 9'000);
    catalog.apply("schedule/b", "", 4, 9'500);
    CHECK(catalog.schedule("b") == nullptr);
    CHECK(catalog.schedules().size() == 1);
    catalog.apply("schedule/a", "{}", 5);
    CHECK(catalog.schedules().empty());
    CHECK(catalog.unreadable_records() == 1);
}

TEST_CASE("The catalog knows since when a site is on, and an edit is no switch", "[catalog]") {
    Catalog catalog;
    const auto site = [](const std::string& enabled, const std::string& secret) {
        return R"({"jira_url":"https://a.example","confluence_url":"https://a.example/wiki",)"
               R"("auth":"basic","secret_file":")" +
               secret + R"(","enabled":)" + enabled + "}";
    };
    CHECK(catalog.site_enabled_since("acme") == 0);
    catalog.apply("site/acme", site("true", "/s"), 1, 1'000);
    catalog.apply("site/acme", site("true", "/other"), 2, 2'000);
    CHECK(catalog.site_enabled_since("acme") == 1'000);
    catalog.apply("site/acme", site("false", "/other"), 3, 3'000);
    CHECK(catalog.site_enabled_since("acme") == 0);
    catalog.apply("site/acme", site("true", "/other"), 4, 4'000);
    CHECK(catalog.site_enabled_since("acme") == 4'000);
    // Out of force while it cannot be read, and while it is gone.
    catalog.apply("site/acme", "{", 5, 5'000);
    catalog.apply("site/acme", site("true", "/s"), 6, 6'000);
    CHECK(catalog.site_enabled_since("acme") == 6'000);
    catalog.apply("site/acme", "", 7, 7'000);
    CHECK(catalog.site_enabled_since("acme") == 0);
    catalog.apply("site/acme", site("true", "/s"), 2, 8'000);
    CHECK(catalog.site_enabled_since("acme") == 0);
}
