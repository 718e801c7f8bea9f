// Owners that change, Redis that forgets, clocks that jump: what is made up for, and what is not.
#include "tests/unit/worker/firing_world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// Fires until 09:30 and is gone then.
void fire_first_hour(FiringWorld& world, const std::string& members = {}) {
    world.schedule("hourly", R"("cron":"@hourly")", members);
    FiringWorker gone(world);
    gone.firing.begin_term();
    REQUIRE(gone.run_until("2026-01-01T09:30:00Z") == Lines{"2026-01-01T09:00:00Z"});
}

}  // namespace

TEST_CASE("A new owner goes on where the last one was", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world);
    FiringWorker next(world);
    next.firing.begin_term();
    CHECK(next.run_until("2026-01-01T10:30:00Z") == Lines{"2026-01-01T10:00:00Z"});
    // The same worker, after a rebalance that gave it the partition again.
    next.firing.end_term();
    next.firing.begin_term();
    CHECK(next.run_until("2026-01-01T11:30:00Z") == Lines{"2026-01-01T11:00:00Z"});
}

TEST_CASE("Fires that were missed within catch_up are all made up for", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, R"(,"catch_up":"3h")");
    world.set_now("2026-01-01T12:20:00Z");
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(
        next.fired_since(1) ==
        Lines{"2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z"}
    );
    CHECK(next.metric("pagepress_schedule_fires_missed_total") == "0");
    // Their jobs are spread from now on, not from a time that is over.
    for (std::size_t i = 1; i < 4; ++i) CHECK(world.jobs[i].not_before == world.clock.now);
}

TEST_CASE("Older missed fires are left out, or the last of them is made up for", "[schedules]") {
    struct Row {
        const char* members;
        Lines expected;
        const char* missed;
    };

    const Row row = GENERATE(values<Row>({
        {"", {"2026-01-01T20:00:00Z"}, "10"},
        {R"(,"missed":"skip","catch_up":"2h")",
         {"2026-01-01T19:00:00Z", "2026-01-01T20:00:00Z"},
         "9"},
        {R"(,"missed":"once")", {"2026-01-01T19:00:00Z", "2026-01-01T20:00:00Z"}, "9"},
        {R"(,"missed":"once","catch_up":"0s")", {"2026-01-01T20:00:00Z"}, "10"},
        {R"(,"missed":"skip","catch_up":"0s")", {}, "11"},
    }));
    INFO(row.members);
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, row.members);
    world.set_now("2026-01-01T20:30:00Z");
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(next.fired_since(1) == row.expected);
    CHECK(next.metric("pagepress_schedule_fires_missed_total") == row.missed);
    CHECK(next.run_until("2026-01-01T21:30:00Z") == Lines{"2026-01-01T21:00:00Z"});
}

TEST_CASE("Nothing is made up for from before a schedule was written", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, R"(,"catch_up":"24h")");
    world.set_now("2026-01-01T15:30:00Z");
    world.schedule("hourly", R"("cron":"@hourly")", R"(,"catch_up":"24h","missed":"once")");
    world.schedule("new", R"("cron":"@hourly")", R"(,"catch_up":"24h","missed":"once")");
    world.set_now("2026-01-01T16:30:00Z");
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(next.fired_since(1) == Lines{"2026-01-01T16:00:00Z", "2026-01-01T16:00:00Z"});
}

TEST_CASE("Two owners at once make the same jobs", "[schedules][W24]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    FiringWorker stale(world);  // was paused, and does not know yet that it is none any more
    owner.firing.begin_term();
    stale.firing.begin_term();
    stale.settle();
    owner.run_until("2026-01-01T12:30:00Z");
    CHECK(world.jobs.size() == 4);
    stale.run_until("2026-01-01T12:31:00Z");
    REQUIRE(world.jobs.size() == 5);  // what is older than catch_up is left out
    CHECK(world.jobs[4].id == world.jobs[3].id);
    CHECK(world.jobs[4].accepted_at == world.jobs[3].accepted_at);
    CHECK(world.jobs[4].batch == world.jobs[3].batch);
}

TEST_CASE("Without Redis, what is fired again has the ids that it had", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, R"(,"catch_up":"2h","missed":"once")");
    world.log.times.clear();
    world.set_now("2026-01-01T10:30:00Z");
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(next.fired_since(1) == Lines{"2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z"});
    CHECK(world.jobs[1].id == world.jobs[0].id);
    CHECK(world.jobs[1].accepted_at == world.jobs[0].accepted_at);
    CHECK(next.metric("pagepress_schedule_fires_missed_total") == "0");
    // A Redis that forgets while the owner stays is told again within a minute or so.
    world.log.times.clear();
    CHECK(next.run_until("2026-01-01T10:32:00Z").empty());
    CHECK(world.log.times.at("hourly") == parse_iso_time("2026-01-01T10:00:00Z"));
}

TEST_CASE("A new owner waits for Redis for some seconds, then goes on without", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world);
    world.log.is_down = true;
    FiringWorker next(world);
    next.firing.begin_term();
    CHECK(next.run_until("2026-01-01T09:30:09Z", 500ms).empty());
    SECTION("Redis comes back in time") {
        world.log.is_down = false;
        CHECK(next.run_until("2026-01-01T09:30:12Z", 500ms).empty());
        CHECK(next.run_until("2026-01-01T10:00:00Z") == Lines{"2026-01-01T10:00:00Z"});
    }
    SECTION("Redis stays away") {
        CHECK(next.run_until("2026-01-01T09:30:12Z", 500ms) == Lines{"2026-01-01T09:00:00Z"});
        CHECK(world.jobs[1].id == world.jobs[0].id);
    }
}

TEST_CASE("A clock that goes back doubles no job and stops no schedule", "[schedules][W29]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    REQUIRE(owner.run_until("2026-01-01T10:00:30Z").size() == 2);
    SECTION("by seconds: nothing is fired again") {
        world.set_now("2026-01-01T09:59:50Z");
        CHECK(owner.run_until("2026-01-01T10:59:59Z").empty());
        CHECK(owner.run_until("2026-01-01T11:00:00Z").size() == 1);
    }
    SECTION("by an hour: the same time comes again, and with it the same job") {
        world.set_now("2026-01-01T09:20:00Z");
        CHECK(owner.run_until("2026-01-01T10:30:00Z") == Lines{"2026-01-01T10:00:00Z"});
        CHECK(world.jobs[2].id == world.jobs[1].id);
    }
    SECTION("after it had gone a day ahead: the schedule goes on") {
        world.set_now("2026-01-02T10:10:00Z");
        owner.settle();
        CHECK(owner.fired_since(2) == Lines{"2026-01-02T10:00:00Z"});
        CHECK(owner.metric("pagepress_schedule_fires_missed_total") == "23");
        world.set_now("2026-01-01T10:11:00Z");
        CHECK(
            owner.run_until("2026-01-01T12:10:00Z") ==
            Lines{"2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z"}
        );
    }
}

TEST_CASE("Reports of a term that is over change nothing", "[schedules]") {
    FiringWorld world("2026-01-01T08:59:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.firing.step();
    world.set_now("2026-01-01T09:00:00Z");
    world.catalog.confirm(world.clock.steady_now());
    owner.firing.step();
    REQUIRE(owner.sent.size() == 1);
    owner.firing.end_term();
    owner.answer();
    CHECK(owner.metric("pagepress_schedule_fires_total") == "0");
    owner.firing.begin_term();
    owner.settle();
    REQUIRE(world.jobs.size() == 2);
    CHECK(world.jobs[1].id == world.jobs[0].id);
}

TEST_CASE("A thousand schedules that are due together are all fired", "[schedules]") {
    FiringWorld world("2026-01-01T08:59:00Z");
    for (int i = 0; i < 1000; ++i) world.schedule("s" + std::to_string(i), R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    CHECK(owner.run_until("2026-01-01T09:00:00Z").size() == 1000);
    std::set<std::string> ids;
    for (const Job& job : world.jobs) ids.insert(job.id);
    CHECK(ids.size() == 1000);
}

TEST_CASE("Nothing is made up for from an off time that no owner saw", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, R"(,"catch_up":"24h","missed":"once")");
    world.set_now("2026-01-01T09:40:00Z");
    world.put("site/acme", FiringWorld::site(false));
    world.set_now("2026-01-01T12:20:00Z");
    world.put("site/acme", FiringWorld::site(true));
    world.set_now("2026-01-01T13:30:00Z");
    const bool is_redis_empty = GENERATE(false, true);
    if (is_redis_empty) world.log.times.clear();
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(next.fired_since(1) == Lines{"2026-01-01T13:00:00Z"});
    CHECK(next.metric("pagepress_schedule_fires_missed_total") == "0");
}

TEST_CASE("A site that is edited while nobody fires loses no fire", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    fire_first_hour(world, R"(,"catch_up":"24h")");
    world.set_now("2026-01-01T11:40:00Z");
    std::string edited = FiringWorld::site(true);
    edited.replace(edited.find("\"/s\""), 4, "\"/t\"");
    REQUIRE(edited != FiringWorld::site(true));
    world.put("site/acme", edited);
    world.set_now("2026-01-01T12:30:00Z");
    FiringWorker next(world);
    next.firing.begin_term();
    next.settle();
    CHECK(
        next.fired_since(1) ==
        Lines{"2026-01-01T10:00:00Z", "2026-01-01T11:00:00Z", "2026-01-01T12:00:00Z"}
    );
}
