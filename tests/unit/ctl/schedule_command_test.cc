#include "ingress/ctl/command_line.h"
#include "tests/support/catch.h"
#include "tests/unit/ctl/fake_server.h"

using namespace pagepress;
using namespace pagepress::ctl;
using namespace pagepress::test;

TEST_CASE("schedule next prints local time and UTC", "[ctl]") {
    Setting setting;
    setting.http.answer(
        200,
        R"({"times":["2026-01-02T08:00:00Z","2026-01-03T08:00:00Z"],)"
        R"("local":["2026-01-02T09:00:00+01:00","2026-01-03T09:00:00+01:00"]})"
    );
    CHECK(setting.run(NextTimesCommand{.id = "friday", .count = 2}) == kExitOk);
    CHECK(
        setting.lines_of_calls() == Lines{"GET http://admin/admin/v1/schedules/friday/next?count=2"}
    );
    CHECK(setting.has_header(0, "Authorization: Bearer sesame"));
    CHECK(
        setting.out.str() ==
        "2026-01-02T09:00:00+01:00\t2026-01-02T08:00:00Z\n"
        "2026-01-03T09:00:00+01:00\t2026-01-03T08:00:00Z\n"
    );
}

TEST_CASE("schedule next says why there are no times", "[ctl]") {
    Setting setting;
    setting.http.answer(404, R"({"detail":"There is no schedule 'x'."})");
    CHECK(setting.run(NextTimesCommand{.id = "x"}) == kExitFailed);
    CHECK(setting.err.str().find("There is no schedule 'x'.") != std::string::npos);
    setting.http.answer(200, R"({"times":[],"local":[]})");
    CHECK(setting.run(NextTimesCommand{.id = "x"}) == kExitOk);
    CHECK(setting.err.str().find("never due again") != std::string::npos);
    setting.http.answer(200, R"({"times":["2026-01-02T08:00:00Z"],"local":[]})");
    CHECK(setting.run(NextTimesCommand{.id = "x"}) == kExitFailed);
}

TEST_CASE("schedule next takes an id and a count from 1 to 100", "[ctl]") {
    const CommandLine line = parse_command_line({"schedule", "next", "friday", "--count", "100"});
    REQUIRE(line.command);
    const auto& command = std::get<NextTimesCommand>(*line.command);
    CHECK(command.id == "friday");
    CHECK(command.count == 100);
    CHECK(
        std::get<NextTimesCommand>(*parse_command_line({"schedule", "next", "f"}).command).count ==
        10
    );
    for (const char* const count : {"0", "101", "ten"}) {
        CHECK(
            parse_command_line({"schedule", "next", "f", "--count", count}).exit_code ==
            kExitBadInput
        );
    }
}
