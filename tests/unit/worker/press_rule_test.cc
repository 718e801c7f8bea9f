// The promises of a rule's press, on one page: one effect per job, never stale, nothing lost.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const Page& rule_page(const World& world) {
    for (const auto& [id, page] : world.confluence.pages) {
        if (id != world.snapshot_page) return page;
    }
    FAIL("the rule has no page");
    std::abort();
}

std::size_t rule_page_count(const World& world) {
    return world.confluence.pages.size() - 1;
}

}  // namespace

TEST_CASE("The first press creates the page and makes its identity durable", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    const auto result = world.press({job});
    REQUIRE(result.results.size() == 1);
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).title == "PROJ-42: Fix login");
    CHECK(rule_page(world).body.starts_with("<p>Fix login</p>"));
    const auto& property = world.jira.issues["10042"].properties.at("pagepress.release");
    CHECK(property.at("page").as_string() == rule_page(world).id);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A later press updates the page in two calls when the version is known", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Fix logout");
    world.confluence.calls = world.jira.calls = 0;
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).title == "PROJ-42: Fix logout");
    CHECK(rule_page(world).version == 2);
    CHECK(world.confluence.calls + world.jira.calls == 2);
}

TEST_CASE("An unchanged page gets no version", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.version == 1);
    CHECK(rule_page(world).version == 1);
}

TEST_CASE("Waiting jobs of one page are completed by one press", "[press]") {
    World world;
    const Job first = world.trigger_rule();
    const Job second = world.trigger_rule("10042");
    const auto result = world.press({first, second});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[1].verdict == Verdict::kCoalesced);
    CHECK(result.results[1].status.pressed_by == first.id);
    CHECK(rule_page(world).version == 1);
}

TEST_CASE("A lost answer to an update is found by its stamp", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.write_faults = {WriteFault::kLostAfter};
    const Job job = world.trigger_rule();
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
    CHECK(rule_page(world).version == 2);
}

TEST_CASE("A worker that died after its write leaves one version behind", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    const Job job = world.trigger_rule();
    world.memory.forgets_ends = true;
    world.press({job});
    world.memory.forgets_ends = false;
    WaitingJob redelivered;
    redelivered.job = job;
    redelivered.may_have_written = true;
    const auto result = world.press_waiting({redelivered});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A worker that died after its create leaves one page behind", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    world.memory.forgets_ends = true;
    world.press({job});
    world.memory = {};
    WaitingJob redelivered;
    redelivered.job = job;
    redelivered.may_have_written = true;
    const auto result = world.press_waiting({redelivered});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 1);
    CHECK(rule_page(world).version == 1);
}

TEST_CASE("A stamp completes its own job only: jobs that waited press anew", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    const Job first = world.trigger_rule();
    const Job second = world.trigger_rule();
    world.set_summary("Changed");
    world.memory.forgets_ends = true;
    world.press({first});
    world.memory.forgets_ends = false;
    world.set_summary("Changed again");
    WaitingJob redelivered;
    redelivered.job = first;
    redelivered.may_have_written = true;
    WaitingJob waited;
    waited.job = second;
    const auto result = world.press_waiting({redelivered, waited});
    CHECK(result.results[0].status.version == 2);
    CHECK(result.results[1].status.version == 3);
    CHECK(rule_page(world).title == "PROJ-42: Changed again");
    CHECK(world.confluence.versions_of(first.id) == 1);
}

TEST_CASE("A create with unknown outcome is not sent again before it has settled", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostBefore};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    CHECK(rule_page_count(world) == 0);
    world.clock.now += 10'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(rule_page_count(world) == 0);
    world.clock.now += world.limits.create_settle.count();
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 1);
}

TEST_CASE("A lost create is found under its old title after the issue was renamed", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostAfter};
    const Job job = world.trigger_rule();
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.set_summary("Renamed");
    world.clock.now += 1'000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 1);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("Whoever wins a race, the page shows what was read after the other's write", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Old");
    world.confluence.before_write = [&] {
        world.set_summary("New");
        const Page& page = rule_page(world);
        const auto raced = world.confluence.update({
            .id = page.id,
            .title = "PROJ-42: New",
            .body = "<p>New</p>",
            .version = page.version + 1,
            .message = "pagepress page=acme/rule/release/10042 job=" + std::string(32, 'f'),
        });
        REQUIRE(raced);
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).title == "PROJ-42: New");
}

TEST_CASE("Where only people wrote in between, the source data is kept", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.before_write = [&] {
        world.confluence.edit(rule_page(world).id, "<p>by hand</p>");
    };
    world.jira.calls = 0;
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).body == "<p>Changed</p>");
    CHECK(rule_page(world).version == 3);
    CHECK(world.jira.calls == 1);
}

TEST_CASE("After an unfinished press the page is written even if unchanged", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.memory.pages["acme/rule/release/10042"].open_token = "somebody";
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).version == 2);
    CHECK(world.memory.pages["acme/rule/release/10042"].open_token.empty());
}

TEST_CASE("With the memory away the work goes on", "[press]") {
    World world;
    world.memory.is_away = true;
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    world.set_summary("Changed");
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 1);
    CHECK(rule_page(world).title == "PROJ-42: Changed");
}

TEST_CASE("A foreign page with the same title is never touched", "[press]") {
    World world;
    const std::string foreign = world.confluence.add_page("proj-42: fix LOGIN", "<p>mine</p>");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].code == ErrorCode::kTitleTaken);
    CHECK(world.confluence.pages.at(foreign).body == "<p>mine</p>");
}

TEST_CASE("A title taken on an update keeps the old title and writes the body", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.confluence.add_page("PROJ-42: Taken", "<p>other</p>");
    world.set_summary("Taken");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.reason.starts_with("the page keeps its old title"));
    const Page& page = world.confluence.pages.at(result.results[0].status.page_id);
    CHECK(page.title == "PROJ-42: Fix login");
    CHECK(page.body == "<p>Taken</p>");
}

TEST_CASE("A page in the trash follows the rule's on_deleted", "[press]") {
    const auto press_trashed = [](World& world, const std::string& on_deleted) {
        world.put_rule(
            R"({"site":"acme","on_deleted":")" + on_deleted +
            R"(","page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>"}})"
        );
        const auto first = world.press({world.trigger_rule()});
        const std::string page = first.results[0].status.page_id;
        world.confluence.pages.at(page).status = PageStatus::kTrashed;
        world.set_summary("Changed");
        return std::pair(page, world.press({world.trigger_rule()}).results[0]);
    };
    SECTION("restore") {
        World world;
        const auto [page, result] = press_trashed(world, "restore");
        CHECK(result.verdict == Verdict::kDone);
        CHECK(world.confluence.pages.at(page).status == PageStatus::kCurrent);
        CHECK(world.confluence.pages.at(page).body == "<p>Changed</p>");
    }
    SECTION("recreate") {
        World world;
        const auto [page, result] = press_trashed(world, "recreate");
        CHECK(result.verdict == Verdict::kDone);
        CHECK(result.status.page_id != page);
        CHECK(world.confluence.pages.at(page).status == PageStatus::kTrashed);
    }
    SECTION("stop") {
        World world;
        const auto [page, result] = press_trashed(world, "stop");
        CHECK(result.verdict == Verdict::kSkipped);
        CHECK(world.confluence.pages.at(page).body.starts_with("<p>Fix login</p>"));
    }
}

TEST_CASE("Lost credentials close the gate and spend no attempt", "[press]") {
    World world;
    world.jira.knows_us = false;
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.gates.closed("acme"));
    world.jira.knows_us = true;
    const int calls = world.jira.calls;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(world.jira.calls == calls);
    world.clock.now += world.limits.gate_wait.count();
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.attempts == 1);
}

TEST_CASE("Retry-After is obeyed", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.write_faults = {WriteFault::kRateLimited};
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    CHECK(result.not_before >= world.clock.steady_now() + Millis(7000));
}

TEST_CASE("An issue that does not exist is dead, and says so", "[press]") {
    World world;
    const auto result = world.press({world.trigger_rule("PROJ-404")});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].code == ErrorCode::kNotFound);
}

TEST_CASE("Templates that cannot give a page are dead with the reason", "[press]") {
    const auto reason_of = [](const std::string& rule) {
        World world;
        world.put_rule(rule);
        const auto result = world.press({world.trigger_rule()});
        CHECK(result.results[0].verdict == Verdict::kDead);
        return result.results[0].status.reason;
    };
    CHECK(reason_of(R"({"site":"acme","unknown_placeholder":"fail",)"
                    R"("page":{"space":"DOC","title":"$#Key","body":"<p>$#{Sumary}</p>"}})")
              .contains("Sumary"));
    CHECK(reason_of(
              R"({"site":"acme","page":{"space":"DOC","title":"$#Key","body":"<p>$#Key</div>"}})"
    )
              .contains("row 1"));
}

TEST_CASE("A rule deleted since the trigger skips its jobs", "[press]") {
    World world;
    world.put_rule("");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSkipped);
}

TEST_CASE("A job waits for the catalog it was accepted under", "[press]") {
    World world;
    Job job = world.trigger_rule();
    job.catalog_offset = world.catalog.position() + 1;
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.catalog.advance_to(job.catalog_offset);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("Attempts end in a dead letter", "[press]") {
    World world;
    world.limits.attempts_max = 3;
    auto result = world.press({world.trigger_rule("PROJ-404-X")});
    world.jira.next_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    result = world.press({world.trigger_rule()});
    for (int attempt = 1; attempt < 3; ++attempt) {
        CHECK(result.results[0].verdict == Verdict::kRetry);
        CHECK(result.not_before > world.clock.steady_now());
        world.jira.next_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
        result = world.press_again(std::move(result));
    }
    CHECK(result.results[0].verdict == Verdict::kDead);
}

TEST_CASE("A new page that cannot be read by its id yet gets no twin", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","page":{"space":"DOC","title":"$#Key $#{Summary}",)"
                   R"("body":"<p>$#{Summary}</p>"}})");
    const auto first = world.press({world.trigger_rule()});
    const std::string page = first.results[0].status.page_id;
    world.confluence.hidden.insert(page);
    world.confluence.properties.clear();
    world.memory.pages.begin()->second.has_regions = true;
    world.set_summary("Changed");
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    CHECK(rule_page_count(world) == 1);
    world.confluence.hidden.clear();
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[0].status.page_id == page);
    CHECK(world.confluence.pages.at(page).title == "PROJ-42 Changed");
}

TEST_CASE("A page that was purged is made anew", "[press]") {
    World world;
    const auto first = world.press({world.trigger_rule()});
    const std::string page = first.results[0].status.page_id;
    world.confluence.pages.erase(page);
    world.confluence.properties.clear();
    world.memory.pages.begin()->second.has_regions = true;
    const auto again = world.press({world.trigger_rule()});
    CHECK(again.results[0].verdict == Verdict::kDone);
    CHECK(again.results[0].status.page_id != page);
    CHECK(rule_page_count(world) == 1);
}

TEST_CASE("After a recreate whose link failed, the issue still finds its page", "[press]") {
    World world;
    world.put_rule(R"({"site":"acme","on_deleted":"recreate",)"
                   R"("page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>"}})");
    const auto first = world.press({world.trigger_rule()});
    world.confluence.pages.at(first.results[0].status.page_id).status = PageStatus::kTrashed;
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    const std::string page = result.results[0].status.page_id;
    CHECK(page != first.results[0].status.page_id);
    CHECK(
        world.jira.issues["10042"].properties.at("pagepress.release").at("page").as_string() == page
    );
    CHECK(rule_page_count(world) == 2);
}

TEST_CASE("A clone whose link failed never writes to the page it was cloned from", "[press]") {
    World world;
    const auto first = world.press({world.trigger_rule()});
    const std::string original = first.results[0].status.page_id;
    Issue clone = world.jira.issues["10042"];
    clone.id = "10043";
    clone.key = "PROJ-43";
    world.jira.issues["10043"] = clone;
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    auto result = world.press({world.trigger_rule("10043")});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.jira.issues["10043"].fields["summary"] = "Of the clone";
    result = world.press({world.trigger_rule("10043")});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.confluence.pages.at(original).title == "PROJ-42: Fix login");
    CHECK(result.results[0].status.page_id != original);
}

TEST_CASE("An adopted page is identified before its anchor is overwritten", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kLostAfter};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    world.memory = {};
    world.set_summary("Changed");
    world.jira.issues["10042"].fields["summary"] = "Fix login";
    world.jira.next_link_error = Error{.code = ErrorCode::kUnavailable, .message = "down"};
    result = world.press({world.trigger_rule()});
    CHECK(world.confluence.properties.contains(rule_page(world).id + "/pagepress"));
    result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 1);
}

TEST_CASE("A create that was refused leaves no trace to wait for", "[press]") {
    World world;
    world.confluence.write_faults = {WriteFault::kRateLimited};
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    world.clock.now += 7000;
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("A job that kills its worker every time ends as a dead letter", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    world.memory.jobs[job.id].attempts = world.limits.attempts_max;
    const int calls = world.confluence.calls;
    const auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(world.confluence.calls == calls);
}

TEST_CASE("A person's trashing during a write does not pass for the write", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.before_write = [&] {
        world.confluence.pages.at(rule_page(world).id).status = PageStatus::kTrashed;
    };
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).status == PageStatus::kCurrent);
    CHECK(rule_page(world).body == "<p>Changed</p>");
}

TEST_CASE("Text that Confluence rewrites is no reason to write twice", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    world.confluence.rewrite = "rewritten";
    world.set_summary("Changed");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page(world).version == 2);
}

TEST_CASE("A record that came twice is one job", "[press]") {
    World world;
    const Job job = world.trigger_rule();
    const auto result = world.press({job, job});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(result.results[1].verdict == Verdict::kFinished);
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("A remembered id that Jira does not know any more is looked up again", "[press]") {
    World world;
    world.aliases.remember("acme", "PROJ-42", "999");
    auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kSnooze);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
}

TEST_CASE("A cloned issue does not take over the page of the issue it was cloned from", "[press]") {
    World world;
    world.press({world.trigger_rule()});
    Issue clone = world.jira.issues["10042"];
    clone.id = "10043";
    clone.key = "PROJ-43";
    world.jira.issues["10043"] = clone;
    const auto result = world.press({world.trigger_rule("PROJ-43")});
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(rule_page_count(world) == 2);
}
