// Labels of a rule's page.
#include "tests/support/catch.h"
#include "tests/unit/worker/world.h"
#include "worker/render/labels.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

using Names = std::vector<std::string>;

void put_rule_with_labels(World& world, const std::string& labels, const std::string& more = "") {
    world.put_rule(
        R"({"site":"acme","page":{"space":"DOC","title":"$#Key","body":"<p>$#{Summary}</p>",)"
        R"("labels":)" +
        labels + "}" + more + "}"
    );
}

}  // namespace

TEST_CASE("Labels are what Confluence makes of them, and no comma is lost", "[labels]") {
    CHECK(labels_from("Release, Team A ,, release") == Names{"release", "team-a"});
    CHECK(labels_from("v1.2 (beta)!") == Names{"v1-2-beta"});
    CHECK(labels_from("\xC2\xA0\xC3\xA4\n") == Names{"\xC3\xA4"});
    CHECK(labels_from("") == Names{});
    std::string many;
    for (int i = 0; i < 101; ++i) many += std::to_string(i) + ",";
    CHECK(labels_from(many).error().code == ErrorCode::kInvalidInput);
    CHECK(labels_from("?!, ,") == Names{});
    CHECK(labels_from(std::string(255, 'x'))->size() == 1);
    CHECK(labels_from(std::string(256, 'x')).error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("A page gets the labels of its rule, and keeps those of people", "[press]") {
    World world;
    put_rule_with_labels(world, R"(["Release","$#{Summary}, all"])");
    const auto created = world.press({world.trigger_rule()});
    CHECK(created.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().labels == Names{"release", "fix-login", "all"});
    world.clock.now += 60 * 60 * 1000;  // so that nobody asks for the page's creator

    Page& page = world.confluence.pages.at(world.rule_page().id);
    page.labels = {"by-hand", "release", "all"};
    world.set_summary("Fix logout");
    world.confluence.calls = world.jira.calls = 0;
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(page.labels == Names{"by-hand", "release", "all", "fix-logout"});
    CHECK(page.version == 2);
    CHECK(world.confluence.calls + world.jira.calls == 4);  // page, issue, write, labels

    SECTION("and is not asked again for what it has") {
        world.confluence.calls = world.jira.calls = 0;
        world.press({world.trigger_rule()});
        CHECK(world.confluence.calls + world.jira.calls == 2);  // page, issue
    }
    SECTION("and gets one that a person took away, without a version") {
        page.labels.clear();
        world.press({world.trigger_rule()});
        CHECK(page.labels == Names{"release", "fix-logout", "all"});
        CHECK(page.version == 2);
    }
}

TEST_CASE("A job whose labels failed adds them when it comes again", "[press]") {
    World world;
    put_rule_with_labels(world, R"(["release"])");
    const bool is_new = GENERATE(true, false);
    if (!is_new) {
        world.press({world.trigger_rule()});
        world.confluence.pages.at(world.rule_page().id).labels.clear();
        world.set_summary("Changed");
    }
    world.confluence.next_label_error =
        Error{.code = ErrorCode::kUnknownOutcome, .message = "the answer was lost"};
    const Job job = world.trigger_rule();
    auto result = world.press({job});
    CHECK(result.results[0].verdict == Verdict::kRetry);
    result = world.press_again(std::move(result));
    CHECK(result.results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().labels == Names{"release"});
    CHECK(world.confluence.versions_of(job.id) == 1);
}

TEST_CASE("Wherever a worker dies, its job ends with all labels and one version", "[press][W5]") {
    const auto trigger = [](World& world) {
        put_rule_with_labels(world, R"(["release"])");
        world.set_summary("Before");
        world.press({world.trigger_rule()});
        world.press({world.trigger_rule()});
        world.confluence.pages.at(world.rule_page().id).labels.clear();
        world.set_summary("Changed");
        world.confluence.calls = 0;
        return world.trigger_rule();
    };
    World counted;
    counted.press({trigger(counted)});
    REQUIRE(counted.confluence.calls == 3);  // page, write, labels
    for (int at = 1; at <= 3; ++at) {
        INFO("dies at call " << at);
        World world;
        const Job job = trigger(world);
        world.confluence.dies_at_call = at;
        CHECK_THROWS_AS(world.press({job}), WorkerDied);
        CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
        CHECK(world.rule_page().labels == Names{"release"});
        CHECK(world.confluence.versions_of(job.id) == 1);
    }
}

TEST_CASE("A job whose page is in the trash by now does not wait for labels", "[press]") {
    World world;
    put_rule_with_labels(world, R"(["release"])", R"(,"on_deleted":"stop")");
    world.press({world.trigger_rule()});
    world.set_summary("Changed");
    world.confluence.pages.at(world.rule_page().id).labels.clear();
    const Job job = world.trigger_rule();
    world.confluence.dies_at_call = world.confluence.calls + 3;
    CHECK_THROWS_AS(world.press({job}), WorkerDied);
    world.confluence.trash(world.rule_page().id);
    world.confluence.next_label_error = Error{.code = ErrorCode::kUnavailable, .message = "404"};
    CHECK(world.press_redelivered(job).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().labels.empty());
}

TEST_CASE("Labels that cannot be made keep the page from being written", "[press]") {
    World world;
    put_rule_with_labels(world, R"(["$#{Sumary}"])", R"(,"unknown_placeholder":"fail")");
    const auto result = world.press({world.trigger_rule()});
    CHECK(result.results[0].verdict == Verdict::kDead);
    CHECK(result.results[0].status.reason.starts_with("labels of rule release: "));
    CHECK(world.rule_page_count() == 0);
}

TEST_CASE("A page whose body is kept gets its labels", "[press]") {
    World world;
    put_rule_with_labels(world, R"(["$#{Summary}"])", R"(,"on_edited":"keep")");
    world.press({world.trigger_rule()});
    world.confluence.edit(world.rule_page().id, "<p>By hand</p>");
    world.set_summary("Changed");
    CHECK(world.press({world.trigger_rule()}).results[0].verdict == Verdict::kDone);
    CHECK(world.rule_page().labels == Names{"fix-login", "changed"});
    CHECK(world.rule_page().version == 2);
}
