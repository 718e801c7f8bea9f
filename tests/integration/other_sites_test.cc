// From a trigger to a page on sites that are not spoken to over Confluence's API v2: Data Center,
// and Cloud with `confluence_api: v1`.
#include "common/json/json_value.h"
#include "tests/integration/stack.h"
#include "tests/support/catch.h"
#include "worker/press/stamp.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

/// A stack with one worker on a site of a kind.
struct OtherSite {
    explicit OtherSite(const StackSite& kind)
        : stack(1, {}, kind),
          root(
              kind.flavour == "cloud" ? "/wiki/rest/api/content" : "/confluence/rest/api/content"
          ) {}

    /// Sets the issue's summary and presses its page.
    void press(const std::string& issue, const std::string& summary) {
        stack.site.edit_issue(issue, R"({"summary":")" + summary + R"("})");
        const auto answer = stack.trigger_rule("page", issue);
        REQUIRE(answer.status == 202);
        finish(job_id_of(answer));
    }

    void finish(const std::string& job) {
        REQUIRE(stack.unfinished({job}).empty());
        const auto status = stack.job(job);
        INFO(boost::json::serialize(status));
        INFO(stack.worker_log(0));
        CHECK(string_at(status, "status") == "done");
    }

    std::string page_titled(const std::string& title) {
        for (const auto& version : stack.site.versions()) {
            if (version.title == title) return version.page;
        }
        FAIL("no page is titled " << title);
        return {};
    }

    std::int64_t answers(const std::string& method, int status) {
        return stack.site.call_count(method + " " + root + "/*", status);
    }

    Stack stack;
    const std::string root;
};

const StackSite kDataCenter{.flavour = "datacenter", .confluence_api = "v1"};
const StackSite kCloudV1{.flavour = "cloud", .confluence_api = "v1"};

void press_and_compete(OtherSite& site) {
    site.press("DEMO-1", "one");
    const std::string page = site.page_titled("DEMO-1: one");
    site.press("DEMO-1", "two");
    auto versions = site.stack.site.versions(page);
    REQUIRE(versions.size() == 2);
    CHECK(versions.back().title == "DEMO-1: two");
    CHECK(worker::stamp_from_version_message(versions.back().message).has_value());

    // A person saves between the worker's read and its write.
    site.stack.site.edit_page(page, R"({"append":"<p>by hand</p>"})");
    site.press("DEMO-1", "three");
    CHECK(site.answers("PUT", 409) == 1);
    CHECK(site.stack.site.versions(page).back().title == "DEMO-1: three");

    site.stack.site.trash_page(page);
    site.press("DEMO-1", "four");
    versions = site.stack.site.versions(page);
    CHECK(versions[versions.size() - 2].is_restore);
    CHECK(versions.back().title == "DEMO-1: four");
    CHECK(violations(site.stack.site, {{"DEMO-1", "four"}}) == std::vector<std::string>{});
}

void lose_answers(OtherSite& site) {
    // The page is made, and nobody hears of it.
    site.stack.site.add_fault(
        R"({"kind":"reset_after","method":"POST","path":")" + site.root + R"("})"
    );
    site.press("DEMO-2", "made once");
    // The page is written, and nobody hears of it.
    site.stack.site.add_fault(
        R"({"kind":"reset_after","method":"PUT","path":")" + site.root + R"("})"
    );
    site.press("DEMO-2", "written once");
    CHECK(violations(site.stack.site, {{"DEMO-2", "written once"}}) == std::vector<std::string>{});
}

void take_snapshot(OtherSite& site) {
    const std::string page = site.stack.site.weekly_report_page();
    const auto taken = site.stack.trigger_snapshot("open");
    REQUIRE(taken.status == 202);
    site.finish(job_id_of(taken));
    const auto versions = site.stack.site.versions(page);
    CHECK(versions.size() == 2);
    CHECK(versions.back().body.contains("DEMO-40"));
}

/// Whether a check of the site finds nothing to mend.
void check_site(OtherSite& site) {
    const auto answer = parse_json(site.stack.ask_worker(0, "/doctor"), "the doctor's answer");
    REQUIRE(answer);
    INFO(boost::json::serialize(*answer));
    int of_site = 0;
    for (const auto& finding : answer->at("findings").as_array()) {
        if (!string_at(finding, "subject").starts_with("site acme")) continue;
        INFO(boost::json::serialize(finding));
        CHECK(string_at(finding, "level") == "ok");
        ++of_site;
    }
    CHECK(of_site >= 5);
}

}  // namespace

TEST_CASE("Pages are written on Data Center as on Cloud", "[other_sites]") {
    OtherSite site(kDataCenter);
    press_and_compete(site);
    check_site(site);
    lose_answers(site);
    take_snapshot(site);
    CHECK(site.stack.site.call_count("POST /rest/api/2/search", 200) > 0);
    // A token that is refused is served as anonymous there, with 200.
    site.stack.site.add_fault(R"({"kind":"lost_credentials","count":6})");
    site.press("DEMO-3", "after the gate");
    CHECK(violations(site.stack.site, {{"DEMO-3", "after the gate"}}).empty());
}

TEST_CASE("Pages are written on Cloud over API v1 as over v2", "[other_sites]") {
    OtherSite site(kCloudV1);
    press_and_compete(site);
    check_site(site);
    lose_answers(site);
    take_snapshot(site);
    for (const char* const route :
         {"POST /wiki/api/v2/pages", "PUT /wiki/api/v2/pages/*", "GET /wiki/api/v2/pages/*"}) {
        CHECK(site.stack.site.call_count(route, 200) == 0);
    }
}
