// The plan of the chaos tier: what a seed brings.
#include "tests/chaos/plan.h"

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::chaos;
using namespace std::chrono_literals;

namespace {

void nothing(Fleet&, std::size_t) {}

constexpr FaultKind kKinds[] = {
    {"worker killed", Lane::kWorkers, 200ms, 3s, nothing, nothing},
    {"worker stopped", Lane::kWorkers, 5s, 9s, nothing, nothing},
    {"broker killed", Lane::kBrokers, 4s, 8s, nothing, nothing},
};

std::string text_of(const std::vector<Step>& plan) {
    std::string text;
    for (const Step& step : plan) text += to_text(step) + "\n";
    return text;
}

}  // namespace

TEST_CASE("A seed always brings the same plan, another one another") {
    const PlanRequest request{.seed = 7, .length = 5min};
    const std::string once = text_of(make_plan(kKinds, request));
    CHECK(once == text_of(make_plan(kKinds, request)));
    CHECK(once != text_of(make_plan(kKinds, {.seed = 8, .length = 5min})));
}

TEST_CASE("Faults of one lane never overlap, are in order, and end in time") {
    std::map<Lane, Millis> busy_until;
    const auto plan = make_plan(kKinds, {.seed = 3, .length = 10min});
    REQUIRE(plan.size() > 40);
    for (const Step& step : plan) {
        CHECK(step.at > busy_until[step.kind->lane]);
        busy_until[step.kind->lane] = step.at + step.length;
        CHECK(step.at + step.length <= 10min);
        CHECK(step.length >= step.kind->length_min);
        CHECK(step.length <= step.kind->length_max);
    }
    CHECK(std::ranges::is_sorted(plan, {}, &Step::at));
}

TEST_CASE("Every kind of a lane comes before one comes again") {
    std::set<std::string_view> first;
    for (const Step& step : make_plan(kKinds, {.seed = 5, .length = 10min})) {
        if (step.kind->lane == Lane::kWorkers && first.size() < 2) {
            CHECK(first.insert(step.kind->name).second);
        }
    }
    CHECK(first.size() == 2);
}

TEST_CASE("A plan of one scenario has no other fault") {
    const auto plan = make_plan(kKinds, {.seed = 5, .length = 5min, .only = "killed"});
    CHECK_FALSE(plan.empty());
    for (const Step& step : plan) CHECK(step.kind->name.ends_with("killed"));
    CHECK(make_plan(kKinds, {.seed = 5, .length = 5min, .only = "no such"}).empty());
}
