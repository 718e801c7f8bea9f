// What presses tell the audit topic, and that it never holds them up.
#include "worker/audit/audit_trail.h"

#include "common/audit/audit_event.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

class EventSink final : public RecordSink {
public:
    Result<void> append(const Record& record, std::uint64_t) override {
        if (records.size() == room) return fail(ErrorCode::kOverloaded, "full");
        records.push_back(record);
        return {};
    }

    std::vector<Record> records;
    std::size_t room = 100'000;
};

struct Trail {
    std::vector<AuditEvent> events() {
        trail.send_waiting(sink);
        std::vector<AuditEvent> read;
        for (const Record& record : sink.records) {
            read.push_back(decode_audit_event(record.value).value());
        }
        return read;
    }

    std::vector<std::string> types() {
        std::vector<std::string> all;
        for (const AuditEvent& event : events()) all.push_back(event.type);
        return all;
    }

    /// Value of a metric's line.
    bool has_metric(const std::string& line) {
        return world.metrics.text().find(line + "\n") != std::string::npos;
    }

    World world;
    AuditTrail trail{"audit", world.clock, world.metrics};
    EventSink sink;
};

using Types = std::vector<std::string>;

}  // namespace

TEST_CASE("The ends of jobs are told with what they did to their page", "[audit]") {
    Trail told;
    World& world = told.world;
    const Job first = world.trigger_rule();
    told.trail.note(world.press({first}));
    told.trail.note(world.press({world.trigger_rule()}));
    world.set_summary("other");
    told.trail.note(world.press({world.trigger_rule(), world.trigger_rule()}));
    told.trail.note(world.press({world.trigger_rule("PROJ-999")}));
    world.put_rule("");
    told.trail.note(world.press({world.trigger_rule()}));
    CHECK(
        told.types() ==
        Types{
            "page.created",
            "page.unchanged",
            "page.updated",
            "job.coalesced",
            "job.dead",
            "job.skipped"}
    );
    const auto events = told.events();
    CHECK(events[0].job_id == first.id);
    CHECK(events[0].page_id == world.rule_page().id);
    CHECK(events[0].rule == first.rule);
    CHECK(integer_at(events[0].more, "page_version") == 1);
    CHECK(string_at(events[3].more, "completed_by") == events[2].job_id);
    CHECK(string_at(events[4].more, "code") == "not_found");
    CHECK(string_at(events[5].more, "reason").find("deleted or switched off") != std::string::npos);
    CHECK(told.sink.records[2].key == told.sink.records[0].key);
}

TEST_CASE("Jobs that come again are not told of", "[audit]") {
    Trail told;
    World& world = told.world;
    world.jira.next_error = Error{.code = ErrorCode::kUnavailable, .message = "away"};
    told.trail.note(world.press({world.trigger_rule()}));
    CHECK(told.types().empty());
}

TEST_CASE("Events that do not fit are dropped and counted; the rest is sent later", "[audit]") {
    Trail told;
    World& world = told.world;
    const PressResult result = world.press({world.trigger_rule()});
    told.sink.room = 3;
    for (std::size_t i = 0; i < AuditTrail::kWaitingMax + 5; ++i) told.trail.note(result);
    CHECK(told.has_metric(R"(pagepress_audit_events_dropped_total{reason="queue_full"} 5)"));
    CHECK(told.types().size() == 3);
    told.sink.room = 100'000;
    CHECK(told.types().size() == AuditTrail::kWaitingMax);
    told.trail.on_delivery({.ticket = 1, .persistence = Persistence::kNotPersisted, .reason = "x"});
    told.trail.on_delivery({.ticket = 2, .persistence = Persistence::kPersisted, .reason = {}});
    CHECK(told.has_metric(R"(pagepress_audit_events_dropped_total{reason="not_delivered"} 1)"));
    CHECK(told.has_metric("pagepress_audit_events_total 1"));
}

TEST_CASE("A batch is told as one, not as a page", "[audit]") {
    Trail told;
    World& world = told.world;
    Job batch = world.trigger_rule();
    batch.kind = JobKind::kBatch;
    batch.batch =
        Batch{.select = Batch::Select::kIssues, .rule = "release", .issues = {"PROJ-1", "PROJ-2"}};
    told.trail.note(world.press({batch}));
    CHECK(told.types() == Types{"batch.queued"});
}
