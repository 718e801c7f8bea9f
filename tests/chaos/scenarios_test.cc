// The fixed scenarios of the chaos tier: faults at the moments that matter, brought about by
// conditions and not by chance; the oracle decides after each. All share one fleet, which takes
// longer to start than a scenario.
#include <algorithm>
#include <atomic>

#include "tests/chaos/callers.h"
#include "tests/chaos/oracle.h"
#include "tests/chaos/trial.h"
#include "tests/support/catch.h"
#include "tests/support/eventually.h"

using namespace pagepress;
using namespace pagepress::chaos;
using namespace std::chrono_literals;
using pagepress::test::eventually;

namespace {

constexpr auto kPatience = 2min;
/// Every update is made at once and answered late, though sooner than workers give up.
const std::string kSlowWrites =
    R"({"kind":"delay","method":"PUT","path":"/wiki/api/v2/pages/","count":-1,"delay_ms":1200})";
/// The next update reaches the site long after the lease of its worker is over.
const std::string kLateWrite =
    R"({"kind":"delay_effect","method":"PUT","path":"/wiki/api/v2/pages/","delay_ms":8000})";

class Scene {
public:
    Scene() : trial({.brokers = 3, .ingresses = 2, .workers = 2, .issues = 20}) {}

    Issue& issue(std::size_t number) { return trial.fleet.doors.issues.at(number); }

    /// The page of the issue is asked to show what was just changed.
    void refresh(std::size_t number) {
        caller.edit(issue(number));
        const auto is_accepted = [&] {
            trial.tend();
            return caller.trigger_rule("sheet", issue(number), issue(number).key);
        };
        REQUIRE(eventually(kPatience, is_accepted));
    }

    /// Waits until the page of the issue shows what it is at now.
    void wait_shown(std::size_t number) {
        const auto is_shown = [&] {
            trial.tend();
            return std::ranges::any_of(trial.versions(), [&](const PageVersion& version) {
                return version.page_key == page_key(number) &&
                       version.shows == Freshness{{issue(number).key, issue(number).seq.load()}};
            });
        };
        REQUIRE(eventually(kPatience, is_shown));
    }

    /// The pages of the first `count` issues are there, and all is quiet.
    void make_pages(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i) refresh(i);
        for (std::size_t i = 0; i < count; ++i) wait_shown(i);
    }

    void wait_whole() {
        REQUIRE(eventually(kPatience, [&] {
            trial.tend();
            return trial.fleet.is_whole();
        }));
    }

    /// All faults end; nothing may be lost, doubled, stale or unfinished.
    void judge_all() {
        trial.fleet.mend();
        trial.drain(kPatience);
        const Verdict verdict = judge(trial.collect());
        for (const Finding& finding : verdict.findings) {
            FAIL_CHECK(name_of(finding.violation) << ": " << finding.sentence);
        }
    }

    [[nodiscard]] std::string page_key(std::size_t number) {
        return "acme/rule/sheet/" + issue(number).id;
    }

    Trial trial;
    std::atomic<bool> is_stopping = false;
    Caller caller{trial.fleet.doors, trial.ledger, is_stopping, 0, 1, 1};
};

/// Made by the first scenario.
Scene& scene() {
    static Scene shared;
    return shared;
}

}  // namespace

TEST_CASE(
    "A write whose worker is killed before the answer is neither lost nor doubled", "[W4][W5]"
) {
    Scene& now = scene();
    now.make_pages(4);
    now.trial.fleet.site.add_fault(kSlowWrites);
    for (std::size_t i = 0; i < 4; ++i) now.refresh(i);
    now.wait_shown(0);  // made, and not answered yet
    for (Replica& worker : now.trial.fleet.workers) worker.kill();
    now.judge_all();
}

TEST_CASE(
    "A write that arrives when its worker was stopped past its lease changes nothing", "[W3][W12]"
) {
    Scene& now = scene();
    now.make_pages(1);
    now.trial.drain(kPatience);
    Fleet& fleet = now.trial.fleet;
    fleet.workers[1].kill();
    fleet.site.add_fault(kLateWrite);
    const auto writes = [&] {
        const std::string route = "PUT /wiki/api/v2/pages/*";
        return fleet.site.call_count(route, 200) + fleet.site.call_count(route, 409);
    };
    const auto writes_before = writes();
    const auto is_under_way = [&] {
        now.trial.tend();
        return fleet.site.control("GET", "faults").at("faults").at(0).at("hits").as_int64() == 1;
    };
    now.refresh(0);
    REQUIRE(eventually(kPatience, is_under_way));
    fleet.workers[0].pause();
    const std::int64_t held_back = now.issue(0).seq;
    fleet.workers[1].want();
    now.refresh(0);
    now.wait_shown(0);  // by the other worker: the lease is over
    REQUIRE(now.issue(0).seq > held_back);
    REQUIRE(eventually(kPatience, [&] { return writes() >= writes_before + 2; }));
    fleet.workers[0].resume();
    now.judge_all();
}

TEST_CASE(
    "Workers that are killed when Redis has lost everything neither lose nor double", "[W14][W15]"
) {
    Scene& now = scene();
    now.make_pages(4);
    now.trial.fleet.site.add_fault(kSlowWrites);
    for (std::size_t i = 0; i < 4; ++i) now.refresh(i);
    now.wait_shown(1);
    now.trial.fleet.flush_redis();
    for (Replica& worker : now.trial.fleet.workers) worker.kill();
    now.judge_all();
}

TEST_CASE(
    "A partition whose leader moved goes on, with every record that was acknowledged", "[I4]"
) {
    Scene& now = scene();
    now.wait_whole();
    auto& kafka = now.trial.fleet.kafka;
    const std::string topic(kJobsTopicName);
    const int leader = kafka.leader_of(topic, 0);
    REQUIRE(leader >= 0);
    for (std::size_t i = 0; i < 6; ++i) now.refresh(i);
    kafka.kill(static_cast<std::size_t>(leader));
    const auto has_moved = [&] {
        const int next = kafka.leader_of(topic, 0);
        return next >= 0 && next != leader;
    };
    REQUIRE(eventually(kPatience, has_moved));
    for (std::size_t i = 0; i < 6; ++i) now.refresh(i);
    for (std::size_t i = 0; i < 6; ++i) now.wait_shown(i);
    now.judge_all();
}

TEST_CASE("Callers of a killed ingress lose no job that was answered with 202", "[I1]") {
    Scene& now = scene();
    now.wait_whole();
    const std::size_t before = now.trial.ledger.accepted_count();
    Callers callers({.calls_per_second = 40, .seed = 11}, now.trial.fleet.doors, now.trial.ledger);
    const auto accepted = [&](std::size_t count) {
        return eventually(kPatience, [&] {
            now.trial.tend();
            return now.trial.ledger.accepted_count() >= before + count;
        });
    };
    REQUIRE(accepted(30));
    now.trial.fleet.ingresses[0].kill();
    REQUIRE(accepted(60));
    now.trial.fleet.ingresses[0].want();
    REQUIRE(accepted(90));
    callers.stop();
    now.judge_all();
}
