#include "tests/support/fake_atlassian/site.h"

#include <algorithm>

#include <boost/json/array.hpp>

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/support/fake_atlassian/control_api.h"
#include "tests/support/fake_atlassian/html_view.h"
#include "tests/support/fake_atlassian/storage_html.h"
#include "tests/unit/fake_atlassian/manual_clock.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

const std::string kGoodLogin = "Basic ZGVtb0BleGFtcGxlLmNvbTpkZW1vLXRva2Vu";
const std::string kBadLogin = "Basic eDp5";

struct World {
    explicit World(Flavour flavour = Flavour::kCloud)
        : site(
              clock, {.issues = 5, .flavour = flavour}, Accounts({"demo@example.com:demo-token"})
          ) {}

    ManualClock clock;
    FakeSite site;

    Handled call(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        const std::string& login = kGoodLogin
    ) {
        ApiRequest request = make_request(method, target);
        request.body = body;
        request.authorization = login;
        return site.handle(request, site.take_fault(request));
    }

    boost::json::value json(
        const std::string& method, const std::string& target, const std::string& body = {}
    ) {
        const Handled handled = call(method, target, body);
        INFO(handled.answer.body);
        CHECK(handled.answer.status < 300);
        return parse_json(handled.answer.body, "answer").value();
    }

    void control(
        const std::string& method, const std::string& target, const std::string& body = {}
    ) {
        ApiRequest request = make_request(method, "/_control/" + target);
        request.body = body;
        const ApiAnswer answer = answer_control(site, request);
        INFO(answer.body);
        REQUIRE(answer.status == 200);
    }

    std::string create(const std::string& title) {
        const auto space = site.confluence().space_by_key("DOC")->id;
        return string_at(
            json(
                "POST",
                "/wiki/api/v2/pages",
                R"({"spaceId":")" + std::to_string(space) + R"(","status":"current","title":")" +
                    title + R"(","body":{"representation":"storage","value":"<p>a</p>"}})"
            ),
            "id"
        );
    }

    std::string update_body(const std::string& id, int version) {
        return R"({"id":")" + id + R"(","status":"current","title":"T","version":{"number":)" +
               std::to_string(version) +
               R"(,"message":"m"},"body":{"representation":"storage","value":"<p>b</p>"}})";
    }
};

std::string header_of(const ApiAnswer& answer, std::string_view name) {
    for (const auto& [key, value] : answer.headers) {
        if (key == name) return value;
    }
    return {};
}

}  // namespace

TEST_CASE("Refused credentials look as they do on the real sites", "[fake]") {
    World world;
    const auto v2 = world.call("GET", "/wiki/api/v2/pages", {}, kBadLogin).answer;
    CHECK(v2.status == 404);
    CHECK(
        v2.body ==
        R"({"errors":[{"status":404,"code":"NOT_FOUND","title":"Not Found","detail":null}]})"
    );
    CHECK(world.call("GET", "/wiki/rest/api/user/current", {}, kBadLogin).answer.status == 403);
    const auto search =
        world.call("GET", "/rest/api/3/search/jql?jql=project=DEMO", {}, kBadLogin).answer;
    CHECK(search.status == 200);
    CHECK(search.body == R"({"issues":[],"isLast":true})");
    CHECK(header_of(search, "X-Seraph-LoginReason") == "AUTHENTICATED_FAILED");
    CHECK(world.call("GET", "/rest/api/3/issue/DEMO-1", {}, kBadLogin).answer.status == 404);
    CHECK(world.call("GET", "/rest/api/3/myself", {}, kBadLogin).answer.status == 401);
    CHECK(world.call("GET", "/rest/api/3/myself", {}, "Digest x").answer.status == 401);
    const auto good = world.call("GET", "/rest/api/3/myself").answer;
    CHECK(good.status == 200);
    CHECK(header_of(good, "X-Seraph-LoginReason") == "OK");
}

TEST_CASE("The fault lost_credentials hits good credentials", "[fake]") {
    World world;
    world.control("POST", "faults", R"({"kind":"lost_credentials","path":"/rest/","count":-1})");
    CHECK(world.call("GET", "/rest/api/3/myself").answer.status == 401);
    CHECK(world.call("GET", "/wiki/rest/api/user/current").answer.status == 200);
    world.control("DELETE", "faults");
    CHECK(world.call("GET", "/rest/api/3/myself").answer.status == 200);
}

TEST_CASE("A reset before the effect leaves nothing, one after it leaves a version", "[fake]") {
    World world;
    const std::string id = world.create("A");
    const std::string target = "/wiki/api/v2/pages/" + id;
    const auto versions = [&] { return world.site.confluence().journal().size(); };
    const std::size_t before = versions();
    world.control(
        "POST",
        "faults",
        R"([{"kind":"reset_before","method":"PUT","path":"/wiki/api/v2/pages/"},
            {"kind":"reset_after","method":"PUT","path":"/wiki/api/v2/pages/"},
            {"kind":"html","method":"PUT","effect":"done","status":503}])"
    );
    CHECK(world.call("PUT", target, world.update_body(id, 2)).delivery == Delivery::kDropped);
    CHECK(versions() == before);
    CHECK(world.call("PUT", target, world.update_body(id, 2)).delivery == Delivery::kDropped);
    CHECK(versions() == before + 1);
    const Handled gateway = world.call("PUT", target, world.update_body(id, 3));
    CHECK(gateway.answer.status == 503);
    CHECK(gateway.answer.content_type.starts_with("text/html"));
    CHECK(versions() == before + 2);
    CHECK(world.call("PUT", target, world.update_body(id, 4)).answer.status == 200);
    CHECK(world.site.calls.counts().at("PUT /wiki/api/v2/pages/*").at(0) == 1);
    CHECK(world.site.calls.counts().at("PUT /wiki/api/v2/pages/*").at(200) == 1);
}

TEST_CASE("Fault rules skip, count and carry their answer", "[fake]") {
    World world;
    world.control(
        "POST", "faults", R"({"kind":"rate_limit","path":"/rest/","skip":1,"retry_after":7})"
    );
    CHECK(world.call("GET", "/rest/api/3/myself").answer.status == 200);
    const auto limited = world.call("GET", "/rest/api/3/myself").answer;
    CHECK(limited.status == 429);
    CHECK(header_of(limited, "Retry-After") == "7");
    CHECK(world.call("GET", "/rest/api/3/myself").answer.status == 200);
    ApiRequest wrong = make_request("POST", "/_control/faults");
    wrong.body = R"({"kind":"nonsense"})";
    CHECK(answer_control(world.site, wrong).status == 400);
}

TEST_CASE("Page lists go on through the next link, newest first", "[fake]") {
    World world;
    for (const char* title : {"P1", "P2", "P3"}) world.create(title);
    std::string target = "/wiki/api/v2/pages?sort=-created-date&limit=2&status=current";
    std::vector<std::string> titles;
    while (!target.empty()) {
        const auto page = world.json("GET", target);
        for (const auto& entry : page.at("results").as_array()) {
            titles.push_back(string_at(entry, "title"));
        }
        target = string_at(page.at("_links"), "next");
        CHECK((target.empty() || target.starts_with("/wiki/api/v2/pages?cursor=")));
    }
    CHECK(titles == std::vector<std::string>{"P3", "P2", "P1", "Weekly report", "Documentation"});
    CHECK(world.call("GET", "/wiki/api/v2/pages?cursor=abc").answer.status == 400);
    const auto by_title = world.json("GET", "/wiki/api/v2/pages?title=p2&body-format=storage");
    REQUIRE(by_title.at("results").as_array().size() == 1);
    CHECK(find_path(by_title.at("results").at(0), {"body", "storage", "value"}) != nullptr);
}

TEST_CASE("A page shows its newest versions with their messages", "[fake]") {
    World world;
    const std::string id = world.create("T");
    for (int version = 2; version <= 60; ++version) {
        world.json("PUT", "/wiki/api/v2/pages/" + id, world.update_body(id, version));
    }
    const auto page = world.json("GET", "/wiki/api/v2/pages/" + id + "?include-versions=true");
    const auto& versions = find_path(page, {"versions", "results"})->as_array();
    CHECK(versions.size() == 50);
    CHECK(integer_at(versions.front(), "number") == 60);
    CHECK(string_at(versions.front(), "message") == "m");
    const auto list = world.json("GET", "/wiki/api/v2/pages/" + id + "/versions?limit=50");
    const auto rest = world.json("GET", string_at(list.at("_links"), "next"));
    CHECK(rest.at("results").as_array().size() == 10);
    CHECK(integer_at(rest.at("results").as_array().back(), "number") == 1);
}

TEST_CASE("Labels are added once, in lower case, and make no version", "[fake]") {
    World world;
    const std::string id = world.create("T");
    const std::string path = "/wiki/rest/api/content/" + id + "/label";
    for (int i = 0; i < 2; ++i) {
        world.json("POST", path, R"([{"prefix":"global","name":"Release"},{"name":"a b"}])");
    }
    const auto page = world.json("GET", "/wiki/api/v2/pages/" + id + "?include-labels=true");
    const auto& labels = find_path(page, {"labels", "results"})->as_array();
    REQUIRE(labels.size() == 3);
    CHECK(string_at(labels[0], "name") == "release");
    CHECK(string_at(labels[1], "name") == "a");
    CHECK(integer_at(page.at("version"), "number") == 1);
    const auto refused = world.call("POST", path, R"([{"prefix":"global","name":"1.2"}])").answer;
    CHECK(refused.status == 400);
    CHECK(refused.body.find("Could not add labels to content") != std::string::npos);
    CHECK(world.call("POST", path, "[{}]").answer.status == 400);
}

TEST_CASE("A body over the limit is refused with 413", "[fake]") {
    World world;
    CHECK(
        world.call("POST", "/wiki/api/v2/pages", std::string(5'242'881, 'x')).answer.status == 413
    );
}

TEST_CASE(
    "Searches give ids only unless fields are asked for, and refuse unknown members", "[fake]"
) {
    World world;
    const auto ids = world.json("POST", "/rest/api/3/search/jql", R"({"jql":"key = DEMO-1"})");
    CHECK(ids == parse_json(R"({"issues":[{"id":"10001"}],"isLast":true})", "expected").value());
    const auto full = world.json(
        "POST",
        "/rest/api/3/search/jql",
        R"({"jql":"key = DEMO-1","fields":["summary"],"expand":"names"})"
    );
    CHECK(full.at("issues").at(0).at("fields").as_object().size() == 1);
    CHECK(full.at("names").at("summary") == "Summary");
    CHECK(
        world.call("POST", "/rest/api/3/search/jql", R"({"jql":"key = DEMO-1","startAt":0})")
            .answer.status == 400
    );
    CHECK(world.call("GET", "/rest/api/3/search?jql=key=DEMO-1").answer.status == 410);
}

TEST_CASE("An issue comes with the properties that were asked for", "[fake]") {
    World world;
    const std::string property = "/rest/api/3/issue/10001/properties/pagepress.r";
    CHECK(world.call("PUT", property, R"({"page":"1"})").answer.status == 201);
    CHECK(world.call("PUT", property, R"({"page":"2"})").answer.status == 200);
    const auto issue =
        world.json("GET", "/rest/api/3/issue/demo-1?properties=pagepress.r&expand=names");
    CHECK(find_path(issue, {"properties", "pagepress.r", "page"})->as_string() == "2");
    CHECK(find_path(issue, {"names", "customfield_10020"})->as_string() == "Sprint");
    CHECK(world.json("GET", "/rest/api/3/issue/DEMO-2?properties=pagepress.r")
              .at("properties")
              .as_object()
              .empty());
}

TEST_CASE("The control route acts as people do and shows every version", "[fake]") {
    World world;
    const std::string id = world.create("A");
    world.control("POST", "pages/" + id + "/edit", R"({"append":"<p>by hand</p>"})");
    world.control("POST", "pages/" + id + "/trash");
    const auto answer =
        answer_control(world.site, make_request("GET", "/_control/versions?bodies=1&page=" + id));
    const auto versions = parse_json(answer.body, "versions").value();
    REQUIRE(versions.at("versions").as_array().size() == 2);
    CHECK(string_at(versions.at("versions").at(1), "message").empty());
    CHECK(string_at(versions.at("versions").at(1), "body").find("by hand") != std::string::npos);
    world.control("POST", "issues/DEMO-1", R"({"summary":"changed"})");
    CHECK(world.site.jira().find("DEMO-1")->fields.at("summary") == "changed");
    world.control("POST", "issues", R"({"count":3})");
    CHECK(world.site.jira().issues().size() == 8);
    world.control("POST", "reset");
    CHECK(world.site.jira().issues().size() == 5);
    CHECK(world.site.confluence().journal().size() == 2);
}

TEST_CASE("The page view escapes what it shows and lets no script through", "[fake]") {
    World world;
    const std::string html = storage_as_html(
        "<p onclick=\"x\">&lt;b&gt;</p><script>alert(1)</script><a href=\"javascript:x\">js</a>"
        "<ac:structured-macro ac:name=\"status\"><ac:parameter ac:name=\"title\">a&lt;b"
        "</ac:parameter><ac:parameter ac:name=\"colour\">Green</ac:parameter></ac:structured-macro>"
    );
    CHECK(
        html ==
        "<p>&lt;b&gt;</p><span class=\"link\">js</span><span class=\"lozenge green\">a&lt;b</span>"
    );
    world.create("<i>title</i>");
    const auto space = answer_browser(world.site, make_request("GET", "/spaces/DOC"));
    CHECK(space.status == 200);
    CHECK(space.body.find("&lt;i&gt;title") != std::string::npos);
    CHECK(space.body.find("<i>title") == std::string::npos);
    const std::string report = "/pages/" + std::to_string(world.site.report_page());
    CHECK(
        answer_browser(world.site, make_request("GET", report)).body.find("ON TRACK") !=
        std::string::npos
    );
    CHECK(answer_browser(world.site, make_request("GET", report + "/history")).status == 200);
    const std::string view =
        "/wiki/pages/viewpage.action?pageId=" + std::to_string(world.site.report_page());
    CHECK(answer_browser(world.site, make_request("GET", view)).status == 200);
    CHECK(answer_browser(world.site, make_request("GET", "/pages/1")).status == 404);
}

TEST_CASE("Data Center has API v1 and Jira's v2 under its own paths, and no other", "[fake]") {
    World world(Flavour::kDataCenter);
    const std::string page = std::to_string(world.site.report_page());
    CHECK(world.call("GET", "/confluence/rest/api/content/" + page).answer.status == 200);
    CHECK(world.call("GET", "/rest/api/2/issue/DEMO-1").answer.status == 200);
    for (const std::string& target :
         {"/confluence/api/v2/pages/" + page,
          "/wiki/rest/api/content/" + page,
          "/confluence/rest/api/content/" + page + "/version",
          std::string("/rest/api/3/issue/DEMO-1")}) {
        CAPTURE(target);
        CHECK(world.call("GET", target).answer.status == 404);
    }
    CHECK(world.site.calls.counts().contains("GET /confluence/rest/api/content/*"));
    CHECK(world.site.calls.counts().contains("GET /rest/api/2/issue/*"));
}

TEST_CASE("Data Center tells a wrong password from a wrong token", "[fake]") {
    World world(Flavour::kDataCenter);
    const auto user = "/confluence/rest/api/user/current";
    const auto password = world.call("GET", user, "", kBadLogin).answer;
    CHECK(password.status == 401);
    const auto token = world.call("GET", user, "", "Bearer nobody").answer;
    CHECK(token.status == 200);
    CHECK(token.body.find("anonymous") != std::string::npos);
    using Header = std::pair<std::string, std::string>;
    const Header anonymous{"X-AUSERNAME", "anonymous"};
    CHECK(std::find(token.headers.begin(), token.headers.end(), anonymous) != token.headers.end());
    const auto good = world.call("GET", user, "", "Bearer demo-token").answer;
    CHECK(good.body.find("userKey") != std::string::npos);
}

TEST_CASE("A part of a search of Data Center is counted off from its start", "[fake]") {
    World world(Flavour::kDataCenter);
    const auto part = world.json(
        "POST",
        "/rest/api/2/search",
        R"({"jql":"project = DEMO ORDER BY key","startAt":3,"maxResults":5,"fields":["summary"],
            "expand":["names"]})"
    );
    CHECK(part.at("total") == 5);
    CHECK(part.at("startAt") == 3);
    CHECK(part.at("issues").as_array().size() == 2);
    CHECK(part.at("issues").at(0).at("key") == "DEMO-4");
    CHECK(part.at("names").at("summary") == "Summary");
    CHECK(
        world.call("POST", "/rest/api/2/search", R"({"jql":"","expand":"names"})").answer.status ==
        400
    );
}
