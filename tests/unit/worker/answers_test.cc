// The table of answers, row by row: from an HTTP answer of the site through the real clients to
// what becomes of the job. And the README's copy of it.
#include "worker/press/answers.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include "tests/support/catch.h"
#include "tests/unit/worker/answers_rows.h"
#include "tests/unit/worker/answers_world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

constexpr auto kDead = Verdict::kDead;
constexpr auto kRetry = Verdict::kRetry;
constexpr auto kSnooze = Verdict::kSnooze;
constexpr auto kDone = Verdict::kDone;

void prepare(AnswersWorld& world, Scene scene) {
    const bool is_new = scene == Scene::kCreate || scene == Scene::kProperty;
    if (scene == Scene::kLabel) world.put_rule_under("", R"(["release"])");
    if (is_new || scene == Scene::kLabel) return;
    REQUIRE(world.press({world.trigger()}).results[0].verdict == Verdict::kDone);
    const ContentId page = world.page().id;
    world.clock.now += 3'600'000;
    world.change_issue("Changed");
    if (scene == Scene::kReadPage || scene == Scene::kRestore) {
        world.memory.pages.begin()->second.has_regions = true;  // so that the page is read
    }
    if (scene == Scene::kReadIssue) world.aliases.forget("acme", "DEMO-1");
    if (scene == Scene::kRestore) REQUIRE(world.site.confluence().trash(page));
    if (scene == Scene::kMove) world.put_rule_under(world.add_page("Parent"));
}

void check_row(const Row& row) {
    INFO(row.name << ", scene " << static_cast<int>(row.scene));
    AnswersWorld world;
    prepare(world, row.scene);
    world.site.faults.add(aimed(row.scene, row.fault));
    const Job job = world.trigger();
    auto result = world.press({job});
    const JobResult& first = result.results[0];
    INFO("reason: " << first.status.reason);
    CHECK(name_of(first.verdict) == name_of(row.verdict));
    if (row.code) CHECK(name_of(first.code) == name_of(*row.code));
    CHECK(first.status.reason.contains(row.says));
    CHECK(world.gates.closed("acme").has_value() == row.closes_gate);
    CHECK(world.site.faults.rules()[0].hits > 0);
    world.site.faults.clear();
    for (int i = 0; i < 4 && comes_again(result.results[0].verdict); ++i) {
        world.clock.now += 3'700'000;  // no wait is longer
        result = world.press_again(std::move(result));
    }
    INFO("in the end: " << result.results[0].status.reason);
    CHECK(result.results[0].verdict == (row.verdict == kDead ? kDead : kDone));
    const bool shows_it = row.verdict != kDead || row.scene == Scene::kLabel;
    CHECK(world.effects_of(job.id) == (shows_it ? 1 : 0));
}

/// A row of the README's table.
std::string line_of(const Answer& answer) {
    std::ostringstream line;
    line << "| " << answer.what << " | `" << name_of(answer.code) << "` |";
    for (const Step step : answer.steps) {
        line << ' ' << name_of(step) << (name_of(step).empty() ? "|" : " |");
    }
    line << ' ' << name_of(answer.verdict);
    if (answer.gate == GateEffect::kWaitAsAsked) line << "; the gate closes as long as asked";
    if (answer.gate == GateEffect::kCredentials) line << "; the gate closes with an alarm";
    line << " |";
    return line.str();
}

}  // namespace

TEST_CASE("Every answer to a create ends as its row says", "[answers]") {
    for (const Row& row : create_rows()) check_row(row);
}

TEST_CASE("Every answer to an update ends as its row says", "[answers]") {
    for (const Row& row : update_rows()) check_row(row);
}

TEST_CASE("Every answer to a move and to a restore ends as its row says", "[answers]") {
    for (const Row& row : move_and_restore_rows()) check_row(row);
}

TEST_CASE("Every answer to what remains after a write ends as its row says", "[answers]") {
    for (const Row& row : remaining_step_rows()) check_row(row);
}

TEST_CASE("Every answer to a read ends as its row says", "[answers]") {
    for (const Row& row : read_rows()) check_row(row);
}

TEST_CASE("A bare 404 is not believed where the probe fails too", "[answers]") {
    AnswersWorld world;
    prepare(world, Scene::kUpdate);
    FaultRule fault = times(lost_credentials(), kAlways);
    fault.path_prefix = "/wiki/";
    world.site.faults.add(fault);
    auto result = world.press({world.trigger()});
    CHECK(result.results[0].verdict == kSnooze);
    CHECK(result.results[0].code == ErrorCode::kCredentialsRejected);
    CHECK(world.gates.closed("acme"));
    world.site.faults.clear();
    world.clock.now += 60'000;
    CHECK(world.press_again(std::move(result)).results[0].verdict == kDone);
}

TEST_CASE("After a create of unknown outcome none is sent before it has settled", "[answers]") {
    AnswersWorld world;
    FaultRule fault = aimed(Scene::kCreate, lost_credentials());
    fault.kind = FaultKind::kResetBefore;
    world.site.faults.add(fault);
    auto result = world.press({world.trigger()});
    CHECK(result.results[0].code == ErrorCode::kUnknownOutcome);
    const std::size_t pages = world.site.confluence().pages().size();
    world.clock.now += 10'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == kSnooze);
    CHECK(world.site.confluence().pages().size() == pages);
    world.clock.now += world.limits.create_settle.count();
    CHECK(world.press_again(std::move(result)).results[0].verdict == kDone);
    CHECK(world.site.confluence().pages().size() == pages + 1);
}

TEST_CASE("A write that was not sent is sent when the job comes again", "[answers]") {
    AnswersWorld world;
    world.http.is_unreachable = true;
    const Job job = world.trigger();
    auto result = world.press({job});
    CHECK(result.results[0].verdict == kRetry);
    CHECK(result.results[0].code == ErrorCode::kUnavailable);
    world.http.is_unreachable = false;
    world.clock.now += 1'000;  // a create that was sent would not be settled
    CHECK(world.press_again(std::move(result)).results[0].verdict == kDone);
    CHECK(world.effects_of(job.id) == 1);
}

TEST_CASE("Our page under a title is adopted, a person's is left alone", "[answers]") {
    AnswersWorld world;
    REQUIRE(world.press({world.trigger()}).results[0].verdict == kDone);
    const std::string page = std::to_string(world.page().id);
    const std::string title = world.page().latest().title;
    world.memory = {};
    REQUIRE(world.site.jira().remove_property("DEMO-1", "pagepress.release"));
    const bool is_ours = GENERATE(true, false);
    if (!is_ours) {
        REQUIRE(world.site.confluence().trash(world.page().id));
        REQUIRE(world.site.confluence().purge(world.page().id));
        world.add_page(title);
    }
    const auto result = world.press({world.trigger()});
    CHECK(result.results[0].verdict == (is_ours ? kDone : kDead));
    if (is_ours) CHECK(result.results[0].status.page_id == page);
    if (!is_ours) CHECK(result.results[0].code == ErrorCode::kTitleTaken);
    CHECK(world.page().latest().title == title);
}

TEST_CASE("A title that lies in the trash is free", "[answers]") {
    AnswersWorld world;
    const auto issue = world.site.jira().find("DEMO-1");
    const std::string title = "DEMO-1: " + std::string(issue->fields.at("summary").as_string());
    const std::string trashed = world.add_page(title);
    REQUIRE(world.site.confluence().trash(std::stoll(trashed)));
    CHECK(world.press({world.trigger()}).results[0].verdict == kDone);
    CHECK(world.page().latest().title == title);
}

TEST_CASE("The table has every code once, and README.md shows it", "[answers]") {
    std::ifstream file(std::string(PAGEPRESS_SOURCES) + "/worker/press/README.md");
    std::ostringstream text;
    text << file.rdbuf();
    const std::string readme = text.str();
    const auto table = answers();
    CHECK(table.size() == static_cast<std::size_t>(ErrorCode::kUnknownOutcome) + 1);
    for (std::size_t i = 0; i < table.size(); ++i) {
        CHECK(std::ranges::count(table, table[i].code, &Answer::code) == 1);
        INFO("README.md lacks the row\n" << line_of(table[i]));
        CHECK(readme.contains("\n" + line_of(table[i]) + "\n"));
    }
}
