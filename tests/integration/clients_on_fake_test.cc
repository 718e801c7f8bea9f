// The project's own clients on the fake site: both sides must mean the same.
#include "common/http_client/curl_client.h"
#include "tests/support/catch.h"
#include "tests/support/fake_atlassian_process.h"
#include "worker/confluence/cloud_confluence.h"
#include "worker/jira/cloud_jira.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace pagepress::worker;

namespace {

struct Clients {
    FakeAtlassianProcess fake{12};
    SystemClock clock;
    std::unique_ptr<HttpClient> http = make_curl_client({}, [] { return false; });
    SiteAccount account{
        .site = "fake",
        .jira_url = fake.url(),
        .confluence_url = fake.url() + "/wiki",
        .authorization = "Basic ZGVtb0BleGFtcGxlLmNvbTpkZW1vLXRva2Vu",
    };
    std::unique_ptr<Confluence> confluence = make_cloud_confluence(account, *http, clock);
    std::unique_ptr<Jira> jira = make_cloud_jira(account, *http, clock);

    std::string space() { return confluence->space_id("DOC").value(); }
};

}  // namespace

TEST_CASE(
    "The Confluence client creates, updates, loses to a person, trashes and restores", "[fake]"
) {
    Clients clients;
    const std::string space = clients.space();
    const auto made = clients.confluence->create(
        {.space_id = space, .parent_id = "", .title = "A page", .body = "<p>one</p>"}
    );
    REQUIRE(made.has_value());
    const auto taken = clients.confluence->create(
        {.space_id = space, .parent_id = "", .title = "a PAGE", .body = "<p>one</p>"}
    );
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().code == ErrorCode::kTitleTaken);

    PageUpdate update{
        .id = made->id, .title = "A page", .body = "<p>two</p>", .version = 2, .message = "stamp"};
    const auto saved = clients.confluence->update(update);
    REQUIRE(saved.has_value());
    CHECK(saved->version == 2);
    CHECK(saved->message == "stamp");
    clients.fake.edit_page(made->id, R"({"append":"<p>by hand</p>"})");
    update.version = 3;
    CHECK(clients.confluence->update(update).error().code == ErrorCode::kConflict);
    update.version = 4;
    update.body = "<p>three";
    CHECK(clients.confluence->update(update).error().code == ErrorCode::kInvalidInput);

    const auto page = clients.confluence->page(made->id, 0);
    REQUIRE((page.has_value() && page->has_value()));
    CHECK((*page)->version == 3);
    REQUIRE((*page)->versions.size() == 3);
    CHECK((*page)->versions[1].message == "stamp");
    clients.fake.trash_page(made->id);
    CHECK((*clients.confluence->page(made->id, 0))->status == PageStatus::kTrashed);
    const auto restored = clients.confluence->restore(update);
    REQUIRE(restored.has_value());
    CHECK(restored->version == 4);
    CHECK((*clients.confluence->page(made->id, 0))->body.find("by hand") != std::string::npos);
}

TEST_CASE("The Confluence client finds pages and keeps properties", "[fake]") {
    Clients clients;
    const std::string space = clients.space();
    CHECK(clients.confluence->space_id("NOPE").error().code == ErrorCode::kNotFound);
    const auto found = clients.confluence->find_by_title(space, "weekly REPORT");
    REQUIRE(found.has_value());
    REQUIRE(found->size() == 1);
    const std::string id = found->front().id;
    CHECK(id == clients.fake.weekly_report_page());
    CHECK(clients.confluence->newest_pages(space)->front().id == id);
    CHECK_FALSE(clients.confluence->property(id, "pagepress")->has_value());
    for (const char* value : {R"({"job":"1"})", R"({"job":"2"})"}) {
        REQUIRE(clients.confluence->set_property(id, "pagepress", value).has_value());
        CHECK((*clients.confluence->property(id, "pagepress"))->value == value);
    }
    for (const char* label : {"release", "team-a", "release"}) {
        REQUIRE(clients.confluence->add_labels(id, {label}).has_value());
    }
    CHECK(
        (*clients.confluence->page(id, 0))->labels == std::vector<std::string>{"release", "team-a"}
    );
    CHECK_FALSE(clients.confluence->page("424242", 0)->has_value());
}

TEST_CASE("The Jira client reads issues with properties and follows search pages", "[fake]") {
    Clients clients;
    REQUIRE(clients.jira->myself().has_value());
    REQUIRE(clients.jira->set_issue_property("10001", "pagepress.r", R"({"page":"7"})").has_value()
    );
    const auto issue = clients.jira->issue("demo-1", "pagepress.r");
    REQUIRE(issue.has_value());
    CHECK(issue->key == "DEMO-1");
    CHECK(issue->properties.contains("pagepress.r"));
    CHECK(issue->names.at("customfield_10020") == "Sprint");
    CHECK(clients.jira->issue("DEMO-99", "").error().code == ErrorCode::kNotFound);

    clients.fake.control("POST", "settings", R"({"searchPageMax":5})");
    const auto all = clients.jira->search("project = DEMO ORDER BY key ASC", {"summary"}, 100);
    REQUIRE(all.has_value());
    REQUIRE(all->issues.size() == 12);
    CHECK(all->issues.back().key == "DEMO-12");
    const auto bad = clients.jira->search("colour = red", {"summary"}, 100);
    CHECK(bad.error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("The clients find ids by search, and pages by space", "[fake]") {
    Clients clients;
    CHECK(clients.jira->search_ids("project = DEMO", 100)->size() == 12);
    CHECK(clients.jira->search_ids("project = DEMO", 5).error().code == ErrorCode::kTooLarge);
    clients.fake.control("POST", "settings", R"({"searchPageMax":5})");
    CHECK(clients.jira->search_ids("project = DEMO", 100)->size() == 12);
    const std::string page = clients.fake.weekly_report_page();
    using Ids = std::vector<std::string>;
    CHECK(clients.confluence->pages_in_space(clients.space(), {page, "1"}).value() == Ids{page});
    clients.fake.control("POST", "spaces", R"({"key":"EMPTY","name":"Empty"})");
    const std::string empty = clients.confluence->space_id("EMPTY").value();
    CHECK(clients.confluence->pages_in_space(empty, {page}).value().empty());
}

TEST_CASE("Lost credentials close both clients down, whatever the status says", "[fake]") {
    Clients clients;
    const std::string id = clients.fake.weekly_report_page();
    clients.fake.add_fault(R"({"kind":"lost_credentials","count":-1})");
    const auto rejected = ErrorCode::kCredentialsRejected;
    CHECK(clients.confluence->page(id, 0).error().code == rejected);
    CHECK(clients.jira->issue("DEMO-1", "").error().code == rejected);
    CHECK(clients.jira->search("project = DEMO", {"summary"}, 10).error().code == rejected);
    CHECK(clients.jira->myself().error().code == rejected);
    clients.fake.clear_faults();
    clients.fake.add_fault(R"({"kind":"login_page","path":"/rest/"})");
    CHECK_FALSE(clients.jira->issue("DEMO-1", "").has_value());
    CHECK(clients.jira->issue("DEMO-1", "").has_value());
}
