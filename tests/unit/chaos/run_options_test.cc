// The command line of the chaos driver.
#include "tests/chaos/run_options.h"

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::chaos;
using namespace std::chrono_literals;

namespace {

constexpr FaultKind kKinds[] = {
    {"worker killed", Lane::kWorkers, 200ms, 3s, nullptr, nullptr},
    {"429 storm", Lane::kSite, 1s, 5s, nullptr, nullptr},
};

Result<RunOptions> read(const std::vector<std::string_view>& words) {
    return read_options(words, kKinds, 77);
}

std::string refusal_of(const std::vector<std::string_view>& words) {
    const auto options = read(words);
    return options ? std::string("taken") : options.error().message;
}

}  // namespace

TEST_CASE("What is not given has its default, and a seed of its own") {
    const auto options = read({});
    REQUIRE(options);
    CHECK(options->minutes == 5);
    CHECK(options->seed == 77);
    CHECK(options->brokers == 3);
    CHECK(options->scenario.empty());
}

TEST_CASE("Options are read with their values") {
    const auto options = read(
        {"--minutes",
         "0.5",
         "--seed",
         "18446744073709551615",
         "--scenario",
         "kill",
         "--rate",
         "2.5",
         "--workers",
         "1",
         "--brokers",
         "9"}
    );
    REQUIRE(options);
    CHECK(options->minutes == 0.5);
    CHECK(options->seed == UINT64_MAX);
    CHECK(options->scenario == "kill");
    CHECK(options->rate == 2.5);
    CHECK(options->workers == 1);
    CHECK(options->brokers == 9);
    CHECK(read({"--judge", "f"})->judged_file == "f");
    CHECK(read({"--help"})->wants_help);
}

TEST_CASE("What is wrong on the command line is named") {
    CHECK(refusal_of({"--minute", "3"}) == "there is no option '--minute', see --help");
    CHECK(refusal_of({"3"}) == "there is no option '3', see --help");
    CHECK(refusal_of({"--worker"}) == "--worker needs a value");
    CHECK(
        refusal_of({"--scenario", "wroker"}) ==
        "--scenario is a part of one of these names: worker killed, 429 storm, not 'wroker'"
    );
}

TEST_CASE("Minutes are a number within bounds") {
    for (const std::string_view value :
         {"", "0", "0.4", "-1", "nan", "inf", "1e9", "3m", "10081", "0x3"}) {
        CAPTURE(value);
        CHECK(
            refusal_of({"--minutes", value}) ==
            "--minutes is a number from 0.5 to 10080, not '" + std::string(value) + "'"
        );
    }
    CHECK(refusal_of({"--minutes", "10080"}) == "taken");
    CHECK(refusal_of({"--workers", "0"}) == "--workers is a number from 1 to 64, not '0'");
    CHECK(refusal_of({"--rate", "inf"}).contains("--rate is a number"));
}

TEST_CASE("The help names every scenario") {
    const std::string text = usage(kKinds);
    for (const FaultKind& kind : kKinds) CHECK(text.contains(kind.name));
}
