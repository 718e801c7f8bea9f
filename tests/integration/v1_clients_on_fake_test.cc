// The clients of Confluence's API v1 and of Jira Data Center on the fake sites that speak them:
// both sides must mean the same.
#include "common/http_client/curl_client.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/fake_atlassian_process.h"
#include "worker/confluence/v1_confluence.h"
#include "worker/jira/data_center_jira.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace pagepress::worker;

namespace {

using Flavour = Site::Flavour;

struct Clients {
    explicit Clients(Flavour flavour)
        : is_cloud(flavour == Flavour::kCloud),
          fake(12, "DEMO", is_cloud ? "cloud" : "datacenter"),
          confluence(make_v1_confluence(flavour, account(), *http, clock)),
          jira(make_data_center_jira(account(), *http, clock)) {}

    SiteAccount account(const std::string& token = "demo-token") {
        return {
            .site = "fake",
            .jira_url = fake.url(),
            .confluence_url = fake.url() + (is_cloud ? "/wiki" : "/confluence"),
            .authorization = "Bearer " + token};
    }

    const bool is_cloud;
    FakeAtlassianProcess fake;
    SystemClock clock;
    std::unique_ptr<HttpClient> http = make_curl_client({}, [] { return false; });
    std::unique_ptr<Confluence> confluence;
    std::unique_ptr<Jira> jira;
};

}  // namespace

TEST_CASE("Over v1 a page is created, updated, lost to a person, trashed and restored", "[fake]") {
    Clients clients(GENERATE(Flavour::kDataCenter, Flavour::kCloud));
    const std::string space = clients.confluence->space_id("doc").value();
    CHECK(space == "DOC");
    CHECK(clients.confluence->space_id("NOPE").error().code == ErrorCode::kNotFound);
    const auto made = clients.confluence->create(
        {.space_id = space, .parent_id = "", .title = "A page", .body = "<p>one</p>"}
    );
    REQUIRE(made.has_value());
    CHECK(made->version == 1);
    const auto taken = clients.confluence->create(
        {.space_id = space, .parent_id = made->id, .title = "a PAGE", .body = "<p>one</p>"}
    );
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().code == ErrorCode::kTitleTaken);
    const auto orphan = clients.confluence->create(
        {.space_id = space, .parent_id = "424242", .title = "Orphan", .body = ""}
    );
    CHECK(orphan.error().code == ErrorCode::kNotFound);

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
    CHECK((*page)->space_id == "DOC");
    CHECK_FALSE((*page)->parent_id.empty());
    REQUIRE((*page)->versions.size() == 3);
    CHECK((*page)->versions[1].message == "stamp");
    for (const std::int64_t number : {1, 2, 3}) {
        const auto past = clients.confluence->page_at(made->id, number);
        REQUIRE((past.has_value() && past->has_value()));
        CHECK((*past)->id == made->id);
        CHECK((*past)->version == number);
    }
    CHECK((*clients.confluence->page_at(made->id, 1))->body.contains("one"));
    CHECK_FALSE(clients.confluence->page_at(made->id, 9)->has_value());

    clients.fake.trash_page(made->id);
    CHECK((*clients.confluence->page(made->id, 0))->status == PageStatus::kTrashed);
    const auto restored = clients.confluence->restore(update);
    REQUIRE(restored.has_value());
    CHECK(restored->version == 4);
    CHECK((*clients.confluence->page(made->id, 0))->body.contains("by hand"));
    CHECK_FALSE(clients.confluence->page("424242", 0)->has_value());
}

TEST_CASE("Over v1 pages are found, and keep properties and labels", "[fake]") {
    Clients clients(GENERATE(Flavour::kDataCenter, Flavour::kCloud));
    const auto found = clients.confluence->find_by_title("DOC", "Weekly report");
    REQUIRE(found.has_value());
    REQUIRE(found->size() == 1);
    const std::string id = found->front().id;
    CHECK(id == clients.fake.weekly_report_page());
    CHECK(clients.confluence->newest_pages("DOC")->front().id == id);
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
    using Ids = std::vector<std::string>;
    CHECK(clients.confluence->pages_in_space("DOC", {id, "1"}).value() == Ids{id});
    clients.fake.control("POST", "spaces", R"({"key":"EMPTY","name":"Empty"})");
    CHECK(clients.confluence->pages_in_space("EMPTY", {id}).value().empty());
}

TEST_CASE("A space of many pages is listed to its newest ones", "[fake]") {
    Clients clients(GENERATE(Flavour::kDataCenter, Flavour::kCloud));
    std::string newest;
    for (int i = 0; i < 230; ++i) {
        const std::string title = "Page " + std::to_string(i);
        newest = string_at(
            clients.fake.control(
                "POST", "pages", R"({"space":"DOC","title":")" + title + R"(","body":"<p/>"})"
            ),
            "id"
        );
    }
    const auto pages = clients.confluence->newest_pages("DOC");
    REQUIRE(pages.has_value());
    CHECK(pages->size() >= 50);
    CHECK(pages->front().id == newest);
    CHECK(pages->front().body.starts_with("<p "));
}

TEST_CASE("Jira Data Center's issues are read, searched and noted on", "[fake]") {
    Clients clients(Flavour::kDataCenter);
    REQUIRE(clients.jira->myself().has_value());
    REQUIRE(clients.jira->set_issue_property("10001", "pagepress.r", R"({"page":"7"})").has_value()
    );
    const auto issue = clients.jira->issue("demo-1", "pagepress.r");
    REQUIRE(issue.has_value());
    CHECK(issue->key == "DEMO-1");
    CHECK(issue->properties.at("pagepress.r").at("page") == "7");
    CHECK(issue->names.at("customfield_10020") == "Sprint");
    CHECK(issue->fields.at("description").is_string());
    CHECK(issue->fields.at("reporter").as_object().contains("key"));
    CHECK_FALSE(issue->fields.at("reporter").as_object().contains("accountId"));
    CHECK(issue->fields.at("customfield_10020").at(0).as_string().starts_with("com.atlassian.green")
    );
    CHECK(clients.jira->issue("DEMO-99", "").error().code == ErrorCode::kNotFound);

    clients.fake.control("POST", "settings", R"({"searchPageMax":5})");
    const auto all = clients.jira->search("project = DEMO ORDER BY key ASC", {"summary"}, 100);
    REQUIRE(all.has_value());
    REQUIRE(all->issues.size() == 12);
    CHECK(all->issues.back().key == "DEMO-12");
    CHECK(all->names.at("summary") == "Summary");
    CHECK(clients.jira->search_ids("project = DEMO", 100)->size() == 12);
    CHECK(clients.jira->search_ids("project = DEMO", 5).error().code == ErrorCode::kTooLarge);
    const auto bad = clients.jira->search("colour = red", {"summary"}, 100);
    CHECK(bad.error().code == ErrorCode::kInvalidInput);
}

TEST_CASE("A token that Data Center takes for nobody's closes both clients down", "[fake]") {
    Clients clients(Flavour::kDataCenter);
    const std::string id = clients.fake.weekly_report_page();
    const auto account = clients.account("another-token");
    const auto confluence =
        make_v1_confluence(Flavour::kDataCenter, account, *clients.http, clients.clock);
    const auto jira = make_data_center_jira(account, *clients.http, clients.clock);
    const auto rejected = ErrorCode::kCredentialsRejected;
    CHECK(confluence->page(id, 0).error().code == rejected);
    CHECK(confluence->find_by_title("DOC", "Weekly report").error().code == rejected);
    CHECK(jira->issue("DEMO-1", "").error().code == rejected);
    CHECK(jira->search("project = DEMO", {"summary"}, 10).error().code == rejected);
    CHECK(jira->myself().error().code == rejected);
}
