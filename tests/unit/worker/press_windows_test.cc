// Windows between two steps of a press, and what comes after them: another worker in between, a
// press that stood still, a record that comes again when most is forgotten. `tests/windows.md`
// lists them all.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const std::string kPageKey = "acme/rule/release/10042";
constexpr UnixMillis kMinute = 60'000;
constexpr UnixMillis kDay = 24 * 60 * kMinute;

/// A rule's page that shows "Fix login", in an issue that says "Old" by now.
World& with_old_page(World& world) {
    REQUIRE(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    world.set_summary("Old");
    return world;
}

/// The issue changes, and another worker presses its page, since no lease keeps it from that.
Job press_new_elsewhere(World& world) {
    world.memory.leases.clear();
    world.set_summary("New");
    const Job job = world.trigger_rule();
    REQUIRE(world.press_elsewhere(job).results[0].verdict == Verdict::kDone);
    return job;
}

/// Presses a job, and the page shows the newest data afterwards, with one version of each job.
void check_new_wins(World& world, const Job& job, const Job& other) {
    CHECK(world.rule_page().title == "PROJ-42: New");
    CHECK(world.rule_page().body == "<p>New</p>");
    CHECK(world.confluence.versions_of(job.id) <= 1);
    CHECK(world.confluence.versions_of(other.id) == 1);
}

}  // namespace

TEST_CASE("What a worker had begun that died is pressed once its lease is over", "[press][W2]") {
    World world;
    with_old_page(world);
    world.memory.pages.at(kPageKey).has_regions = true;  // so that a read comes before the write
    const Job job = world.trigger_rule();
    world.confluence.calls = 0;
    world.confluence.dies_at_call = GENERATE(1, 2);  // before the read, before the write
    CHECK_THROWS_AS(world.press({job}), WorkerDied);
    CHECK(world.press_elsewhere(job).results[0].verdict == Verdict::kSnooze);
    CHECK(world.rule_page().version == 1);
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.rule_page().title == "PROJ-42: Old");
}

TEST_CASE(
    "A write that is under way while another worker writes is refused and begun anew",
    "[press][W3][W14]"
) {
    World world;
    with_old_page(world);
    const Job job = world.trigger_rule();
    const bool loses_redis = GENERATE(false, true);  // or the lease has ended meanwhile
    std::optional<Job> other;
    world.confluence.before_write = [&] {
        if (loses_redis) world.memory = {};
        other = press_new_elsewhere(world);
    };
    CHECK(world.press({job}).results[0].verdict == Verdict::kDone);
    REQUIRE(other);
    check_new_wins(world, job, *other);
}

TEST_CASE("A job whose end is recorded is not pressed again", "[press][W6]") {
    World world;
    const Job job = world.trigger_rule();
    REQUIRE(world.press({job}).results[0].verdict == Verdict::kDone);
    world.set_summary("Changed");
    const int calls = world.confluence.calls + world.jira.calls;
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kFinished);
    CHECK(world.confluence.calls + world.jira.calls == calls);
    CHECK(world.rule_page().version == 1);
}

TEST_CASE("A worker that was stopped past its lease does not bring old data back", "[press][W12]") {
    World world;
    with_old_page(world);
    const Job stopped = world.trigger_rule();
    SECTION("its successor has come to its end") {
        std::optional<Job> other;
        world.jira.during_issue = [&] {
            world.clock.now += world.limits.lease.count() + 1;
            other = press_new_elsewhere(world);
        };
        CHECK(world.press({stopped}).results[0].verdict == Verdict::kDone);
        REQUIRE(other);
        check_new_wins(world, stopped, *other);
    }
    SECTION("its successor has the lease, so it does not even try") {
        world.jira.during_issue = [&] {
            world.clock.now += world.limits.lease.count() + 1;
            world.memory.leases[kPageKey] = "of the successor";
        };
        CHECK(world.press({stopped}).results[0].verdict == Verdict::kSnooze);
        CHECK(world.rule_page().version == 1);
        CHECK(world.memory.leases.at(kPageKey) == "of the successor");
    }
}

TEST_CASE("Data that was read before the version it replaces is not written", "[press][W13]") {
    World world;
    with_old_page(world);
    world.memory = {};  // so that the issue is asked which page is its own, before the page is read
    const Job job = world.trigger_rule();
    std::optional<Job> other;
    world.jira.during_issue = [&] { other = press_new_elsewhere(world); };
    CHECK(world.press({job}).results[0].verdict == Verdict::kDone);
    REQUIRE(other);
    check_new_wins(world, job, *other);
}

TEST_CASE(
    "A job that Redis has forgotten is known by its stamp, however long ago that was",
    "[press][W15][W18]"
) {
    World world;
    with_old_page(world);
    const Job job = world.trigger_rule();
    REQUIRE(world.press({job}).results[0].status.version == 2);
    for (const char* const summary : {"Third", "Fourth"}) {
        world.clock.now += kDay;
        world.set_summary(summary);
        world.press({world.trigger_rule()});
    }
    world.clock.now += 10 * kDay;
    world.set_summary("Changed since");
    SECTION("all of Redis is lost") {
        world.memory = {};
    }
    SECTION("what it knew of jobs has expired") {
        world.memory.jobs.clear();
    }
    const auto again = world.press_redelivered(job);
    CHECK(again.results[0].verdict == Verdict::kDone);
    CHECK(again.results[0].status.version == 2);
    CHECK(world.rule_page().version == 4);
}

TEST_CASE("A job that comes back after a newer trigger brings nothing old", "[press][W21]") {
    World world;
    with_old_page(world);
    WaitingJob early;
    early.job = world.trigger_rule();
    world.jira.next_error = Error{
        .code = ErrorCode::kRateLimited, .message = "slow down", .retry_after = Millis(kMinute)};
    auto delayed = world.press_waiting({early});
    REQUIRE(delayed.results[0].due_at);
    world.clock.now += 2 * kMinute;
    world.set_summary("New");
    REQUIRE(world.press({world.trigger_rule()}).results[0].status.version == 2);
    SECTION("and makes no version where there is nothing new") {
        const auto late = world.press_again(std::move(delayed));
        CHECK(late.results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().version == 2);
    }
    SECTION("and shows what is new by then") {
        world.set_summary("Newest");
        CHECK(world.press_again(std::move(delayed)).results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().title == "PROJ-42: Newest");
    }
}

TEST_CASE("A page that a person put back to an old version is written again", "[press][W27]") {
    World world;
    with_old_page(world);
    REQUIRE(world.press({world.trigger_rule()}).results[0].status.version == 2);
    world.confluence.edit(world.rule_page().id, "<p>Fix login</p>");
    const auto result = world.press({world.trigger_rule()});  // the data is the same
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().body == "<p>Old</p>");
    CHECK(world.rule_page().version == 4);
}

TEST_CASE(
    "A trimmed history does not make other workers' writes look like people's", "[press][W27]"
) {
    World world;
    with_old_page(world);
    const Job job = world.trigger_rule();
    std::optional<Job> other;
    world.confluence.before_write = [&] {
        other = press_new_elsewhere(world);
        const std::string page = world.rule_page().id;
        world.confluence.edit(page, "<p>by hand</p>");
        world.confluence.pages.at(page).versions.resize(1);  // the person's is the oldest kept
    };
    CHECK(world.press({job}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().title == "PROJ-42: New");
    CHECK(world.rule_page().body == "<p>New</p>");
}

TEST_CASE("A page that is gone when it is to be written is made anew", "[press][W28]") {
    World world;
    with_old_page(world);
    const std::string page = world.rule_page().id;
    world.confluence.before_write = [&] {
        world.confluence.pages.erase(page);
        world.confluence.properties.clear();
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id != page);
    CHECK(world.rule_page_count() == 1);
    CHECK(world.rule_page().title == "PROJ-42: Old");
}

TEST_CASE("A page that was moved is written where it is", "[press][W28]") {
    World world;
    with_old_page(world);
    Page& page = world.confluence.pages.at(world.rule_page().id);
    const auto move = [&] {
        page.space_id = "77";
        page.parent_id = "78";
    };
    SECTION("before it is read") {
        if (GENERATE(true, false)) world.memory = {};
        move();
    }
    SECTION("between read and write") {
        world.memory = {};
        world.confluence.before_write = move;
    }
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page_count() == 1);
    CHECK(page.title == "PROJ-42: Old");
    CHECK(page.space_id == "77");
    CHECK(page.parent_id == "78");
}

TEST_CASE("Clocks that differ by minutes hide no stamp", "[press][W29]") {
    World world;
    with_old_page(world);
    Job job = world.trigger_rule();
    job.accepted_at = world.clock.now + 4 * kMinute;  // by the clock of the ingress
    world.press_without_end(job);
    world.memory = {};
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(world.rule_page().version == 2);
}
