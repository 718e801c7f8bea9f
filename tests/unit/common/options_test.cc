#include "common/base/options.h"

#include "tests/support/catch.h"

using namespace pagepress;

namespace {

const std::vector<Option> kTable{
    {.name = "lease-ms",
     .type = OptionType::kMillis,
     .default_value = "1000",
     .help = "Lease.",
     .low = 1,
     .high = 5000},
    {.name = "log-format",
     .type = OptionType::kChoice,
     .default_value = "text",
     .help = "Format.",
     .choices = {"text", "json"}},
};

}  // namespace

TEST_CASE("A flag wins over the environment, which wins over the default", "[options]") {
    const Environment environment{{"PAGEPRESS_LEASE_MS", "2000"}, {"PAGEPRESS_LOG_FORMAT", "json"}};
    const auto parsed = parse_options(kTable, {"--lease-ms=3000"}, environment);
    REQUIRE(parsed.problems.empty());
    CHECK(parsed.values.integer("lease-ms") == 3000);
    CHECK(parsed.values.text("log-format") == "json");
    CHECK(parse_options(kTable, {}, {}).values.integer("lease-ms") == 1000);
}

TEST_CASE("Every problem of the options is reported at once", "[options]") {
    const Environment environment{{"PAGEPRESS_LOG_FORMAT", "xml"}};
    const auto parsed =
        parse_options(kTable, {"--lease-ms", "9999", "--nonsense", "--log-format"}, environment);
    REQUIRE(parsed.problems.size() == 4);
    CHECK(parsed.problems[0] == "PAGEPRESS_LOG_FORMAT is 'xml', allowed is: text, json");
    CHECK(parsed.problems[1] == "--lease-ms is '9999', allowed is: 1 … 5000 ms");
}

TEST_CASE("A variable that names no option is told of and does not stop the start", "[options]") {
    const Environment environment{
        {"PAGEPRESS_INGRESS_PORT", "tcp://10.0.0.7:8080"}, {"PAGEPRESS_LEASE_MS", "2000"}};
    const auto parsed = parse_options(kTable, {}, environment);
    CHECK(parsed.problems.empty());
    CHECK(parsed.unknown_variables == std::vector<std::string>{"PAGEPRESS_INGRESS_PORT"});
    CHECK(parsed.values.integer("lease-ms") == 2000);
    CHECK_FALSE(report_check("program", parsed).has_value());
    CHECK(help_text("program", kTable).find("names no option") != std::string::npos);
}
