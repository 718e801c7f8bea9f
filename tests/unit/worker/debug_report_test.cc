#include "worker/debug_report.h"

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

Press press_of(const std::string& key, std::size_t jobs = 1) {
    Press press{.key = key, .jobs = {}};
    for (std::size_t i = 0; i < jobs; ++i) {
        WaitingJob waiting;
        waiting.job.id = key + "-" + std::to_string(i);
        waiting.job.site = "acme";
        press.jobs.push_back(std::move(waiting));
    }
    return press;
}

PressResult parked(const Press& press, SteadyTime until, const std::string& reason) {
    PressResult result{.key = press.key, .results = {}, .not_before = until};
    for (const WaitingJob& job : press.jobs) {
        JobResult one{.job = job, .verdict = Verdict::kRetry, .status = {}};
        one.status.reason = reason;
        one.status.attempts = 3;
        result.results.push_back(std::move(one));
    }
    return result;
}

}  // namespace

TEST_CASE("What runs and what is parked is told with its reason", "[debug]") {
    World world;
    PressBoard board(world.clock);
    board.begin(press_of("acme/rule/a/1", 2));
    world.clock.now += 250;
    const Press second = press_of("acme/rule/a/2", 3);
    board.begin(second);
    board.end(parked(second, world.clock.steady_now() + Millis(5'000), "GET answered 503"));
    world.gates.note_credentials("acme", "401");
    const auto report = parse_json(debug_report(board, world.gates, world.clock), "the report");
    REQUIRE(report);
    CHECK(integer_at(*report, "runningCount") == 1);
    const auto& running = find(*report, "running")->as_array();
    REQUIRE(running.size() == 1);
    CHECK(string_at(running[0], "key") == "acme/rule/a/1");
    CHECK(string_at(running[0], "firstJob") == "acme/rule/a/1-0");
    CHECK(integer_at(running[0], "jobs") == 2);
    CHECK(integer_at(running[0], "runningMs") == 250);
    const auto& waiting = find(*report, "parked")->as_array();
    REQUIRE(waiting.size() == 1);
    CHECK(string_at(waiting[0], "reason") == "GET answered 503");
    CHECK(integer_at(waiting[0], "attempts") == 3);
    CHECK(integer_at(waiting[0], "jobs") == 3);
    const auto& sites = find(*report, "sites")->as_array();
    REQUIRE(sites.size() == 1);
    const auto& gates = find(sites[0], "gates")->as_array();
    REQUIRE(gates.size() == 3);
    CHECK(string_at(gates[2], "endpoint") == "jira");
    CHECK(string_at(gates[2], "state") == "closed");
    CHECK(string_at(gates[2], "kind") == "credentials");
    CHECK(string_at(gates[2], "reason") == "401");
}

TEST_CASE("A key that is pressed again or whose time has come is parked no more", "[debug]") {
    World world;
    PressBoard board(world.clock);
    const Press press = press_of("a");
    board.begin(press);
    board.end(parked(press, world.clock.steady_now() + Millis(5'000), "x"));
    CHECK(board.view(10).parked.size() == 1);
    board.begin(press);
    CHECK(board.view(10).parked.empty());
    board.end(parked(press, world.clock.steady_now() + Millis(5'000), "x"));
    world.clock.now += 5'001;
    CHECK(board.view(10).parked.empty());
    CHECK(board.view(10).parked_count == 0);
}

TEST_CASE("The report is bounded however much there is", "[debug]") {
    World world;
    PressBoard board(world.clock);
    for (std::size_t i = 0; i < PressBoard::kParkedMax + 500; ++i) {
        const Press press = press_of(std::to_string(i));
        board.begin(press);
        board.end(parked(press, world.clock.steady_now() + Millis(5'000), std::string(5'000, 'x')));
    }
    const auto view = board.view(100);
    CHECK(view.parked.size() == 100);
    CHECK(view.parked_count == PressBoard::kParkedMax + 500);
    CHECK(view.parked[0].reason.size() < 310);
    CHECK(debug_report(board, world.gates, world.clock).size() < 1'000'000);
}
