// What a worker that owns the schedules fires, minute by minute.
#include "common/base/trace_context.h"
#include "tests/unit/worker/firing_world.h"

using namespace pagepress;
using namespace pagepress::test;

TEST_CASE("A schedule is fired at its times by the owner alone", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("daily", R"("cron":"0 9 * * *","time_zone":"Europe/Berlin")");
    FiringWorker owner(world);
    FiringWorker other(world);
    owner.firing.begin_term();
    CHECK(owner.run_until("2026-01-01T08:59:00Z").empty());
    CHECK(other.run_until("2026-01-02T07:00:00Z").empty());
    CHECK(
        owner.run_until("2026-01-04T12:00:00Z") ==
        Lines{"2026-01-02T08:00:00Z", "2026-01-03T08:00:00Z", "2026-01-04T08:00:00Z"}
    );
    owner.firing.end_term();
    CHECK(owner.run_until("2026-01-06T12:00:00Z").empty());
}

TEST_CASE("A fire is a batch whose id is of the schedule and its nominal time", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.put(
        "schedule/weekly",
        R"({"site":"acme","every":"1h","spread":"20m",)"
        R"("refresh":{"rule":"release","issues":["A-1","A-2"]}})"
    );
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.run_until("2026-01-01T09:00:07Z", 7s);
    REQUIRE(world.jobs.size() == 1);
    const Job& job = world.jobs[0];
    CHECK(job.kind == JobKind::kBatch);
    CHECK(job.site == "acme");
    CHECK(is_job_id(job.id));
    CHECK(job.accepted_at == parse_iso_time("2026-01-01T09:00:00Z"));
    CHECK(job.not_before == 0);
    CHECK(job.catalog_offset == world.catalog.position());
    REQUIRE(job.batch);
    CHECK(job.batch->select == Batch::Select::kIssues);
    CHECK(job.batch->issues == std::vector<std::string>{"A-1", "A-2"});
    CHECK(job.batch->spread == 20min);
    const Schedule& schedule = *world.catalog.schedule("weekly");
    const auto id_of = [&](const Schedule& of, UnixMillis nominal) {
        return job_of_fire(of, nominal, 5, 6).id;
    };
    CHECK(id_of(schedule, job.accepted_at) == job.id);
    CHECK(id_of(schedule, job.accepted_at + 3'600'000) != job.id);
    Schedule renamed = schedule;
    renamed.id = "other";
    CHECK(id_of(renamed, job.accepted_at) != job.id);
}

TEST_CASE("A fire is known as queued once Kafka has it, and begins a trace", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("every":"1h")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.settle();
    world.set_now("2026-01-01T09:00:00Z");
    world.catalog.confirm(world.clock.steady_now());
    owner.firing.step();
    REQUIRE(owner.sent.size() == 1);
    CHECK(world.batches.accepted.empty());
    const std::vector<RecordHeader> headers = owner.sent.front().second.headers;
    REQUIRE(headers.size() == 1);
    CHECK(headers[0].name == "traceparent");
    owner.answer(Persistence::kPossiblyPersisted);
    CHECK(world.batches.accepted.empty());
    owner.firing.step();
    owner.answer();
    REQUIRE(world.jobs.size() == 1);
    const std::string& id = world.jobs[0].id;
    CHECK(trace_id_of(headers[0].value) == id);
    CHECK(world.batches.accepted == std::vector{std::pair(id, std::string("acme"))});
}

TEST_CASE("In the night that clocks are moved a schedule is fired once", "[schedules]") {
    FiringWorld spring("2026-03-28T12:00:00Z");
    spring.schedule("night", R"("cron":"30 2 * * *","time_zone":"Europe/Berlin")");
    FiringWorker in_spring(spring);
    in_spring.firing.begin_term();
    CHECK(
        in_spring.run_until("2026-03-30T12:00:00Z") ==
        Lines{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}
    );
    FiringWorld autumn("2026-10-24T12:00:00Z");
    autumn.schedule("night", R"("cron":"30 2 * * *","time_zone":"Europe/Berlin")");
    autumn.schedule("often", R"("cron":"*/30 * * * *","time_zone":"Europe/Berlin")");
    FiringWorker in_autumn(autumn);
    in_autumn.firing.begin_term();
    in_autumn.run_until("2026-10-25T12:00:00Z");
    const auto count_of = [&](std::size_t pages) {
        std::map<std::string, int> ids;
        for (const Job& job : autumn.jobs) ++ids[job.id];
        CHECK(ids.size() == pages);
        return autumn.jobs.size();
    };
    // 24 hours of two fires each, and one of the night.
    CHECK(count_of(49) == 49);
}

TEST_CASE("A fire counts when Kafka has it, and is tried until then", "[schedules]") {
    FiringWorld world("2026-01-01T08:59:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.firing.step();
    world.set_now("2026-01-01T09:00:00Z");
    world.catalog.confirm(world.clock.steady_now());
    owner.is_full = true;
    owner.firing.step();
    CHECK(owner.firing.open_count() == 0);
    owner.is_full = false;
    owner.firing.step();
    REQUIRE(owner.sent.size() == 1);
    const std::string first = owner.sent[0].second.value;
    // One fire per schedule is under way at most.
    owner.firing.step();
    CHECK(owner.sent.size() == 1);
    CHECK_FALSE(world.log.times.contains("hourly"));
    owner.answer(Persistence::kPossiblyPersisted);
    CHECK_FALSE(world.log.times.contains("hourly"));
    owner.firing.step();
    REQUIRE(owner.sent.size() == 1);
    CHECK(owner.sent[0].second.value == first);
    owner.answer(Persistence::kNotPersisted);
    CHECK(owner.metric("pagepress_schedule_fires_total") == "0");
    world.set_now("2026-01-01T09:00:20Z");
    owner.settle();
    CHECK(owner.fired_since(0) == Lines{"2026-01-01T09:00:00Z"});
    CHECK(world.log.times.at("hourly") == parse_iso_time("2026-01-01T09:00:00Z"));
    CHECK(owner.metric("pagepress_schedule_fires_total") == "1");
    CHECK(owner.metric("pagepress_schedule_lateness_seconds_sum") == "20");
}

TEST_CASE("What is switched off does not fire, and nothing is made up for after", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    CHECK(owner.run_until("2026-01-01T09:30:00Z") == Lines{"2026-01-01T09:00:00Z"});
    world.schedule("hourly", R"("cron":"@hourly")", R"(,"enabled":false)");
    CHECK(owner.run_until("2026-01-01T10:30:00Z").empty());
    world.schedule("hourly", R"("cron":"@hourly")");
    CHECK(owner.run_until("2026-01-01T10:40:00Z").empty());
    world.put("site/acme", FiringWorld::site(false));
    CHECK(owner.run_until("2026-01-01T11:30:00Z").empty());
    world.put("site/acme", FiringWorld::site(true));
    CHECK(owner.run_until("2026-01-01T12:30:00Z") == Lines{"2026-01-01T12:00:00Z"});
}

TEST_CASE("A fire whose rule is gone or off is left out", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.put(
        "schedule/weekly",
        R"({"site":"acme","cron":"@hourly","refresh":{"rule":"release","jql":"a"}})"
    );
    FiringWorker owner(world);
    owner.firing.begin_term();
    CHECK(owner.run_until("2026-01-01T09:30:00Z").size() == 1);
    world.put("rule/release", "");
    CHECK(owner.run_until("2026-01-01T10:30:00Z").empty());
    CHECK(owner.metric("pagepress_schedule_fires_skipped_total") == "1");
    world.put(
        "rule/release",
        R"({"site":"acme","enabled":false,"page":{"space":"S","title":"t","body":"b"}})"
    );
    CHECK(owner.run_until("2026-01-01T11:30:00Z").empty());
    CHECK(owner.metric("pagepress_schedule_fires_skipped_total") == "2");
    world.put("rule/release", R"({"site":"acme","page":{"space":"S","title":"t","body":"b"}})");
    CHECK(owner.run_until("2026-01-01T12:30:00Z") == Lines{"2026-01-01T12:00:00Z"});
}

TEST_CASE("Nothing fires from a catalog that may be old", "[schedules]") {
    FiringWorld world("2026-01-01T08:59:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.firing.step();
    world.set_now("2026-01-01T09:00:00Z");  // a minute since the catalog was confirmed
    owner.firing.step();
    CHECK(owner.sent.empty());
    world.catalog.confirm(world.clock.steady_now());
    owner.firing.step();
    CHECK(owner.sent.size() == 1);
}

TEST_CASE("A removed schedule is forgotten, and one of its name begins anew", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    owner.run_until("2026-01-01T09:30:00Z");
    CHECK(world.log.times.size() == 1);
    world.put("schedule/hourly", "");
    owner.run_until("2026-01-01T10:30:00Z");
    CHECK(world.log.times.empty());
    world.schedule("hourly", R"("cron":"@hourly")");
    CHECK(owner.run_until("2026-01-01T11:30:00Z") == Lines{"2026-01-01T11:00:00Z"});
}

TEST_CASE("A due time that a change of the schedule drops is told", "[schedules]") {
    FiringWorld world("2026-01-01T08:00:00Z");
    world.schedule("hourly", R"("cron":"@hourly")");
    FiringWorker owner(world);
    owner.firing.begin_term();
    CHECK(owner.run_until("2026-01-01T09:30:00Z").size() == 1);
    owner.is_full = true;
    CHECK(owner.run_until("2026-01-01T10:10:00Z").empty());
    world.schedule("hourly", R"("cron":"15 * * * *")");
    owner.settle();
    CHECK(owner.metric("pagepress_schedule_fires_missed_total") == "1");
    owner.is_full = false;
    CHECK(owner.run_until("2026-01-01T10:20:00Z") == Lines{"2026-01-01T10:15:00Z"});
    // A change after the fire drops nothing, nor does one of a schedule that was off.
    world.schedule("hourly", R"("cron":"@hourly")", R"(,"enabled":false)");
    CHECK(owner.run_until("2026-01-01T12:30:00Z").empty());
    world.schedule("hourly", R"("cron":"@hourly")");
    CHECK(owner.run_until("2026-01-01T13:30:00Z").size() == 1);
    CHECK(owner.metric("pagepress_schedule_fires_missed_total") == "1");
}
