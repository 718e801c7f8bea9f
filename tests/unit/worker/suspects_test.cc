// Attempts that are counted on this machine, across processes that die in the middle.
#include "worker/idempotency/suspects.h"

#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

std::unique_ptr<Suspects> open(const TempDir& folder) {
    auto suspects = Suspects::open(folder.path("state"));
    REQUIRE(suspects.has_value());
    return *std::move(suspects);
}

const std::string kJob(32, 'a');

}  // namespace

TEST_CASE("An attempt whose process died counts in the next one", "[suspects]") {
    const TempDir folder;
    CHECK(open(folder)->begin({{.job_id = kJob}}).attempts == std::vector<int>{1});
    CHECK(open(folder)->begin({{.job_id = kJob}}).attempts == std::vector<int>{2});
    const auto third = open(folder);
    const auto begun = third->begin({{.job_id = kJob}, {.job_id = std::string(32, 'b')}});
    CHECK(begun.attempts == std::vector<int>{3, 1});
    CHECK(third->begin({{.job_id = kJob, .redrive = 1}}).attempts == std::vector<int>{1});
}

TEST_CASE("What is known otherwise counts if it is more", "[suspects]") {
    const TempDir folder;
    CHECK(open(folder)->begin({{.job_id = kJob, .attempts = 7}}).attempts == std::vector<int>{7});
    CHECK(open(folder)->begin({{.job_id = kJob, .attempts = 2}}).attempts == std::vector<int>{8});
}

TEST_CASE("A press that comes to its end leaves nothing behind", "[suspects]") {
    const TempDir folder;
    (void)open(folder)->begin({{.job_id = kJob}});
    {
        const auto suspects = open(folder);
        const auto begun = suspects->begin({{.job_id = kJob}});
        CHECK(begun.attempts == std::vector<int>{2});
        suspects->end(begun.press);
    }
    CHECK(open(folder)->begin({{.job_id = kJob}}).attempts == std::vector<int>{1});
}

TEST_CASE("A file that a kill cut off is read as far as it goes", "[suspects]") {
    const TempDir folder;
    (void)open(folder);
    std::ofstream(folder.path("state") + "/9.press") << kJob << "/0 4\n" << kJob << "/1 12";
    const auto suspects = open(folder);
    CHECK(suspects->begin({{.job_id = kJob}}).attempts == std::vector<int>{5});
    CHECK(suspects->begin({{.job_id = kJob, .redrive = 1}}).attempts == std::vector<int>{1});
}

TEST_CASE("Two processes cannot use one folder", "[suspects]") {
    const TempDir folder;
    const auto suspects = open(folder);
    const auto second = Suspects::open(folder.path("state"));
    REQUIRE_FALSE(second.has_value());
    CHECK(second.error().code == ErrorCode::kInvalidInput);
    CHECK(second.error().message.contains("another process uses it"));
}

TEST_CASE("A job that kills its worker is given up though Redis is away", "[suspects][W22]") {
    const TempDir folder;
    World world;
    world.memory.is_away = true;
    world.jira.kills = true;
    const Job job = world.trigger_rule("PROJ-42");
    for (int attempt = 1; attempt <= world.limits.attempts_max; ++attempt) {
        const auto suspects = open(folder);
        world.suspects = suspects.get();
        CHECK_THROWS_AS(world.press_redelivered(job), WorkerDied);
    }
    const auto suspects = open(folder);
    world.suspects = suspects.get();
    const auto result = world.press_redelivered(job);
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.attempts == world.limits.attempts_max);
}
