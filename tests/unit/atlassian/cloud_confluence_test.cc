// The requests of the Confluence Cloud client, and what it makes of the answers.
#include "worker/confluence/cloud_confluence.h"

#include <algorithm>

#include <boost/json/parse.hpp>

#include "common/json/json_value.h"
#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

const std::string kBase = "https://example.atlassian.net/wiki";

struct World {
    ScriptedHttp http;
    FixedClock clock;
    std::unique_ptr<Confluence> confluence = make_cloud_confluence(
        {.site = "acme",
         .jira_url = "https://example.atlassian.net",
         .confluence_url = kBase,
         .authorization = "Basic abc"},
        http,
        clock
    );

    void answer_probe() { http.answer(200, recorded("live-user-current.json")); }
};

bool has_header(const HttpCall& call, const std::string& header) {
    return std::find(call.headers.begin(), call.headers.end(), header) != call.headers.end();
}

boost::json::value body_of(const HttpCall& call) {
    auto body = parse_json(call.body, "a request");
    REQUIRE(body);
    return *body;
}

std::string version_json(int number, const std::string& minute) {
    return "{\"number\":" + std::to_string(number) + ",\"message\":\"m" + std::to_string(number) +
           "\",\"createdAt\":\"2026-09-30T12:" + minute + ":00.000Z\"}";
}

/// A page of version 3 whose `versions` are as given.
std::string page_json(const std::string& versions) {
    return "{\"id\":\"7\",\"status\":\"current\",\"title\":\"T\",\"spaceId\":\"1\",\"parentId\":"
           "null,"
           "\"version\":{\"number\":3},\"body\":{\"storage\":{\"value\":\"<p/>\"}},\"versions\":" +
           versions + "}";
}

constexpr UnixMillis kMinute = 60'000;
constexpr UnixMillis kNoon = 1'790'769'600'000;

PageUpdate some_update() {
    return {.id = "7", .title = "T \"q\"", .body = "<p>x</p>", .version = 4, .message = "stamp"};
}

}  // namespace

TEST_CASE("A page is read with body and versions in one call", "[confluence]") {
    World world;
    world.http.answer(
        200,
        page_json(
            "{\"results\":[" + version_json(3, "30") + "," + version_json(2, "20") +
            "],\"meta\":{\"hasMore\":true}}"
        )
    );
    const auto page = world.confluence->page("7", kNoon + 25 * kMinute);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->id == "7");
    CHECK((*page)->status == PageStatus::kCurrent);
    CHECK((*page)->title == "T");
    CHECK((*page)->space_id == "1");
    CHECK((*page)->parent_id.empty());
    CHECK((*page)->version == 3);
    CHECK((*page)->body == "<p/>");
    REQUIRE((*page)->versions.size() == 2);
    CHECK((*page)->versions[0].number == 3);
    CHECK((*page)->versions[0].message == "m3");
    CHECK((*page)->versions[0].created_at == kNoon + 30 * kMinute);
    REQUIRE(world.http.calls.size() == 1);
    CHECK(
        world.http.line(0) ==
        "GET " + kBase + "/api/v2/pages/7?body-format=storage&include-versions=true"
    );
    CHECK(has_header(world.http.calls[0], "Authorization: Basic abc"));
    CHECK(has_header(world.http.calls[0], "Accept: application/json"));
}

TEST_CASE(
    "Versions beyond those that came with the page are listed by next links", "[confluence]"
) {
    World world;
    world.http.answer(
        200, page_json("{\"results\":[" + version_json(3, "30") + "],\"meta\":{\"hasMore\":true}}")
    );
    world.http.answer(
        200,
        "{\"results\":[" + version_json(3, "30") +
            "],\"_links\":{\"next\":\"/wiki/api/v2/pages/7/versions?cursor=abc%3D\"}}"
    );
    world.http.answer(
        200,
        "{\"results\":[" + version_json(2, "20") + "," + version_json(1, "10") +
            "],\"_links\":{\"next\":\"/wiki/api/v2/pages/7/versions?cursor=never\"}}"
    );
    const auto page = world.confluence->page("7", kNoon + 15 * kMinute);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->versions.size() == 3);
    REQUIRE(world.http.calls.size() == 3);
    CHECK(
        world.http.line(1) ==
        "GET " + kBase + "/api/v2/pages/7/versions?limit=50&sort=-modified-date"
    );
    CHECK(world.http.line(2) == "GET " + kBase + "/api/v2/pages/7/versions?cursor=abc%3D");
}

TEST_CASE("A page that came without versions has them listed", "[confluence]") {
    World world;
    world.http.answer(200, recorded("composed-page-get-body-storage.json"));
    world.http.answer(200, "{\"results\":[" + version_json(2, "00") + "]}");
    const auto page = world.confluence->page("3604482", 0);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->versions.size() == 1);
    CHECK((*page)->body.starts_with("<p>v2</p><ac:structured-macro"));
}

TEST_CASE("No versions are listed when the page's own say that there are no more", "[confluence]") {
    World world;
    const auto* const versions = GENERATE(
        R"({"results":[{"number":1,"createdAt":"2026-09-30T12:00:00Z"}]})",
        R"({"results":[{"number":3,"createdAt":"2026-09-30T12:00:00Z"}],"meta":{"hasMore":false}})"
    );
    world.http.answer(200, page_json(versions));
    REQUIRE(world.confluence->page("7", 0));
    CHECK(world.http.calls.size() == 1);
}

TEST_CASE("A next link never leads to another host", "[confluence]") {
    World world;
    const auto* const next = GENERATE(
        "https://evil.example/wiki/api/v2/pages/7/versions?cursor=a",
        "//evil.example/x",
        "https://evil.example/?x=/api/v2/"
    );
    world.http.answer(200, page_json("null"));
    world.http.answer(200, "{\"results\":[],\"_links\":{\"next\":\"" + std::string(next) + "\"}}");
    world.http.answer(200, "{\"results\":[]}");
    static_cast<void>(world.confluence->page("7", 0));
    for (const HttpCall& call : world.http.calls) CHECK(call.url.starts_with(kBase + "/api/v2/"));
}

TEST_CASE("A trashed page is read with its status", "[confluence]") {
    World world;
    auto text = page_json(R"({"results":[{"number":1,"createdAt":"2026-09-30T12:00:00Z"}]})");
    text.replace(text.find("\"current\""), 9, "\"trashed\"");
    world.http.answer(200, text);
    const auto page = world.confluence->page("7", 0);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->status == PageStatus::kTrashed);
}

TEST_CASE("A page is gone only if a probe shows that our credentials are good", "[confluence]") {
    const auto* const file =
        GENERATE("confluence-v2-404-page.json", "confluence-v2-404-bare-bad-credentials.json");
    World world;
    world.http.answer(404, recorded(file));
    std::size_t calls = 2;
    SECTION("good") {
        world.answer_probe();
        world.http.answer(404, recorded("confluence-v2-404-page.json"));
        const auto page = world.confluence->page("999", 0);
        REQUIRE(page);
        CHECK_FALSE(*page);
        calls = 3;
    }
    SECTION("good again since the first answer") {
        world.answer_probe();
        world.http.answer(
            200, page_json(R"({"results":[{"number":1,"createdAt":"2026-09-30T12:00:00Z"}]})")
        );
        const auto page = world.confluence->page("999", 0);
        REQUIRE(page);
        CHECK(*page);
        calls = 3;
    }
    SECTION("refused at the second answer") {
        world.answer_probe();
        world.http.answer(401, "");
        CHECK(code_of(world.confluence->page("999", 0)) == ErrorCode::kCredentialsRejected);
        calls = 3;
    }
    SECTION("refused") {
        world.http.answer(403, recorded("confluence-v1-cloud-403-bad-credentials.json"));
        CHECK(code_of(world.confluence->page("999", 0)) == ErrorCode::kCredentialsRejected);
    }
    SECTION("refused without words") {
        world.http.answer(GENERATE(403, 404), "");
        CHECK(code_of(world.confluence->page("999", 0)) == ErrorCode::kCredentialsRejected);
    }
    SECTION("anonymous") {
        world.http.answer(200, R"({"type":"anonymous","displayName":"Anonymous"})");
        CHECK(code_of(world.confluence->page("999", 0)) == ErrorCode::kCredentialsRejected);
    }
    SECTION("unknown, because the probe fails") {
        world.http.fail_with(ErrorCode::kUnavailable);
        CHECK(code_of(world.confluence->page("999", 0)) == ErrorCode::kUnavailable);
    }
    REQUIRE(world.http.calls.size() == calls);
    CHECK(world.http.line(1) == "GET " + kBase + "/rest/api/user/current");
}

TEST_CASE("A page that is forbidden to good credentials is forbidden", "[confluence]") {
    World world;
    const std::string refusal = R"({"errors":[{"status":403,"title":"No permission"}]})";
    world.http.answer(403, refusal);
    world.answer_probe();
    world.http.answer(403, refusal);
    CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kForbidden);
}

TEST_CASE("Broken JSON is corrupt for a read and unknown for a write", "[confluence]") {
    World world;
    world.http.answer(200, "{\"id\":\"7\",\"sta");
    CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kCorrupt);
    world.http.answer(200, "{\"id\":\"7\",\"sta");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
    world.http.answer(200, "{}");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
    world.http.answer(200, "");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
}

TEST_CASE("An id that is no number never becomes a part of a path", "[confluence]") {
    World world;
    for (const char* id : {"", "..", "7/../8", "7?x", "abc"}) {
        CAPTURE(id);
        CHECK(code_of(world.confluence->page(id, 0)) == ErrorCode::kInvalidInput);
        CHECK(code_of(world.confluence->property(id, "k")) == ErrorCode::kInvalidInput);
        CHECK(code_of(world.confluence->find_by_title(id, "t")) == ErrorCode::kInvalidInput);
    }
    CHECK(world.http.calls.empty());
}

TEST_CASE("Pages are found by title in any case, and others are left out", "[confluence]") {
    World world;
    world.http.answer(
        200,
        R"({"results":[{"id":"1","status":"current","title":"New Page","version":{"number":1}},
            {"id":"2","status":"archived","title":"new page","version":{"number":1}},
            {"id":"3","status":"current","title":"new page 2","version":{"number":1}}]})"
    );
    const auto pages = world.confluence->find_by_title("98306", "new page");
    REQUIRE(pages);
    REQUIRE(pages->size() == 2);
    CHECK((*pages)[1].status == PageStatus::kArchived);
    CHECK(
        world.http.line(0) ==
        "GET " + kBase +
            "/api/v2/pages?space-id=98306&title=new%20page&status=current&status=archived"
            "&body-format=storage"
    );
}

TEST_CASE("Titles beyond ASCII are compared by the server", "[confluence]") {
    World world;
    world.http.answer(
        200,
        R"({"results":[{"id":"1","status":"current","title":"ÄRGER x","version":{"number":1}}]})"
    );
    const auto pages = world.confluence->find_by_title("1", "ärger X");
    REQUIRE(pages);
    CHECK(pages->size() == 1);
}

TEST_CASE("A recorded search by title is read", "[confluence]") {
    World world;
    world.http.answer(200, recorded("composed-pages-find-by-title.json"));
    const auto found = world.confluence->find_by_title("98306", "NEW page");
    REQUIRE(found);
    CHECK(found->size() == 1);
    world.http.answer(200, recorded("composed-pages-find-none.json"));
    const auto none = world.confluence->find_by_title("98306", "x");
    REQUIRE(none);
    CHECK(none->empty());
}

TEST_CASE("The newest pages come from the database's listing", "[confluence]") {
    World world;
    world.http.answer(200, recorded("composed-pages-page1-with-next.json"));
    const auto pages = world.confluence->newest_pages("98306");
    REQUIRE(pages);
    CHECK(pages->size() == 1);
    REQUIRE(world.http.calls.size() == 1);
    CHECK(
        world.http.line(0) ==
        "GET " + kBase +
            "/api/v2/pages?space-id=98306&sort=-created-date&status=current&status=archived"
            "&status=trashed&body-format=storage&limit=250"
    );
}

TEST_CASE("Newest pages too large for one answer come in smaller parts", "[confluence]") {
    World world;
    world.http.fail_with(ErrorCode::kTooLarge);
    world.http.answer(200, recorded("composed-pages-page1-with-next.json"));
    world.http.answer(200, recorded("composed-pages-find-by-title.json"));
    const auto pages = world.confluence->newest_pages("98306");
    REQUIRE(pages);
    CHECK(pages->size() == 2);
    CHECK(world.http.line(1).ends_with("&limit=4"));
    CHECK(
        world.http.line(2) ==
        "GET " + kBase + "/api/v2/pages?cursor=eyJpZCI6IjM2MDQ0ODIifQ%3D%3D&limit=1&space-id=98306"
    );
}

TEST_CASE("The id of a space is asked for once", "[confluence]") {
    World world;
    world.http.answer(200, recorded("live-spaces-by-key.json"));
    for (int turn = 0; turn < 2; ++turn) {
        const auto id = world.confluence->space_id("marksyncte");
        REQUIRE(id);
        CHECK(*id == "39223300");
    }
    REQUIRE(world.http.calls.size() == 1);
    CHECK(world.http.line(0) == "GET " + kBase + "/api/v2/spaces?keys=marksyncte");
}

TEST_CASE("A space is missing only if our credentials are good", "[confluence]") {
    World world;
    world.http.answer(200, R"({"results":[]})");
    SECTION("good") {
        world.answer_probe();
        CHECK(code_of(world.confluence->space_id("X")) == ErrorCode::kNotFound);
    }
    SECTION("lost") {
        world.http.answer(401, "");
        CHECK(code_of(world.confluence->space_id("X")) == ErrorCode::kCredentialsRejected);
    }
}

TEST_CASE("A page is created with space, parent, title and storage body", "[confluence]") {
    World world;
    world.http.answer(200, recorded("live-create-page-response.json"));
    const auto saved = world.confluence->create(
        {.space_id = "98306", .parent_id = "98400", .title = "T & \"q\"", .body = "<p>ä</p>"}
    );
    REQUIRE(saved);
    CHECK(saved->id == "39813121");
    CHECK(saved->version == 1);
    CHECK(world.http.line(0) == "POST " + kBase + "/api/v2/pages");
    CHECK(has_header(world.http.calls[0], "Content-Type: application/json"));
    CHECK(has_header(world.http.calls[0], "X-Atlassian-Token: no-check"));
    CHECK(
        body_of(world.http.calls[0]) ==
        boost::json::parse(R"({"spaceId":"98306","status":"current","title":"T & \"q\"",
              "body":{"representation":"storage","value":"<p>ä</p>"},"parentId":"98400"})")
    );
}

TEST_CASE("A page without parent is created under the home page", "[confluence]") {
    World world;
    world.http.answer(200, recorded("live-create-page-response.json"));
    REQUIRE(world.confluence->create({.space_id = "1", .parent_id = "", .title = "T", .body = ""}));
    CHECK(find(body_of(world.http.calls[0]), "parentId") == nullptr);
}

TEST_CASE("A create in a space that is not there is told from lost credentials", "[confluence]") {
    World world;
    world.http.answer(404, recorded("confluence-v2-404-bare-bad-credentials.json"));
    world.answer_probe();
    const NewPage page{.space_id = "1", .parent_id = "", .title = "T", .body = ""};
    CHECK(code_of(world.confluence->create(page)) == ErrorCode::kNotFound);
}

TEST_CASE(
    "An update carries the new version and its message, and returns the server's", "[confluence]"
) {
    World world;
    world.http.answer(200, recorded("live-update-page-response.json"));
    const auto saved = world.confluence->update(some_update());
    REQUIRE(saved);
    CHECK(saved->id == "39813121");
    CHECK(saved->version == 2);
    CHECK(saved->message == "spike update");
    CHECK(world.http.line(0) == "PUT " + kBase + "/api/v2/pages/7");
    CHECK_FALSE(world.http.calls[0].read_only);
    CHECK(
        body_of(world.http.calls[0]) ==
        boost::json::parse(R"({"id":"7","status":"current","title":"T \"q\"",
              "body":{"representation":"storage","value":"<p>x</p>"},
              "version":{"number":4,"message":"stamp"}})")
    );
}

TEST_CASE("Faults of an update keep their codes", "[confluence]") {
    World world;
    world.http.answer(409, recorded("confluence-v2-409-version.json"));
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kConflict);
    world.http.answer(400, recorded("confluence-v2-400-title-exists.json"));
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kTitleTaken);
    world.http.fail_with(ErrorCode::kUnknownOutcome);
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
    world.http.answer(502, "<html>");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
}

TEST_CASE("A page is restored by making it current", "[confluence]") {
    World world;
    world.http.answer(200, recorded("live-update-page-response.json"));
    REQUIRE(world.confluence->restore(some_update()));
    CHECK(world.http.line(0) == "PUT " + kBase + "/api/v2/pages/7");
    CHECK(string_at(body_of(world.http.calls[0]), "status") == "current");
}

TEST_CASE("A property is read by its key", "[confluence]") {
    World world;
    world.http.answer(200, recorded("composed-property-list.json"));
    const auto property = world.confluence->property("7", "sync-marker");
    REQUIRE(property);
    REQUIRE(*property);
    CHECK((*property)->id == "5001");
    CHECK((*property)->version == 4);
    CHECK(boost::json::parse((*property)->value).at("renderer") == 3);
    CHECK(world.http.line(0) == "GET " + kBase + "/api/v2/pages/7/properties?key=sync-marker");
    world.http.answer(200, recorded("composed-property-list.json"));
    const auto other = world.confluence->property("7", "other");
    REQUIRE(other);
    CHECK_FALSE(*other);
}

TEST_CASE("A property of a page that is gone is not there", "[confluence]") {
    World world;
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    const auto property = world.confluence->property("7", "k");
    REQUIRE(property);
    CHECK_FALSE(*property);
}

TEST_CASE("A new property is posted", "[confluence]") {
    World world;
    world.http.answer(200, R"({"results":[]})");
    world.http.answer(200, R"({"id":"5","key":"k","version":{"number":1}})");
    REQUIRE(world.confluence->set_property("7", "k", R"({"a":1})"));
    CHECK(world.http.line(1) == "POST " + kBase + "/api/v2/pages/7/properties");
    CHECK(body_of(world.http.calls[1]) == boost::json::parse(R"({"key":"k","value":{"a":1}})"));
}

TEST_CASE("An existing property is put with the next version", "[confluence]") {
    World world;
    world.http.answer(
        200, R"({"results":[{"id":"5","key":"k","value":1,"version":{"number":4}}]})"
    );
    world.http.answer(200, R"({"id":"5"})");
    REQUIRE(world.confluence->set_property("7", "k", "2"));
    CHECK(world.http.line(1) == "PUT " + kBase + "/api/v2/pages/7/properties/5");
    CHECK(
        body_of(world.http.calls[1]) ==
        boost::json::parse(R"({"key":"k","value":2,"version":{"number":5}})")
    );
}

TEST_CASE("A property that has the value already is not written", "[confluence]") {
    World world;
    world.http.answer(
        200, R"({"results":[{"id":"5","key":"k","value":{"a":1},"version":{"number":4}}]})"
    );
    REQUIRE(world.confluence->set_property("7", "k", R"( {"a": 1} )"));
    CHECK(world.http.calls.size() == 1);
}

TEST_CASE("A property that somebody else creates meanwhile is read and put", "[confluence]") {
    World world;
    world.http.answer(200, R"({"results":[]})");
    world.http.answer(409, recorded("confluence-v2-live-409-property-exists.json"));
    world.http.answer(
        200, R"({"results":[{"id":"5","key":"k","value":1,"version":{"number":1}}]})"
    );
    world.http.answer(200, R"({"id":"5"})");
    REQUIRE(world.confluence->set_property("7", "k", "2"));
    CHECK(world.http.line(3) == "PUT " + kBase + "/api/v2/pages/7/properties/5");
}

TEST_CASE("A property that is always fought over ends in a conflict", "[confluence]") {
    World world;
    for (int turn = 0; turn < 10; ++turn) {
        world.http.answer(200, R"({"results":[]})");
        world.http.answer(409, recorded("confluence-v2-live-409-property-exists.json"));
    }
    CHECK(code_of(world.confluence->set_property("7", "k", "2")) == ErrorCode::kConflict);
    CHECK(world.http.calls.size() == 8);
}

TEST_CASE("A property of a page that cannot be seen yet is set later", "[confluence]") {
    World world;
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    CHECK(code_of(world.confluence->set_property("7", "k", "2")) == ErrorCode::kUnavailable);
}

TEST_CASE("A property value that is no JSON is refused", "[confluence]") {
    World world;
    CHECK(code_of(world.confluence->set_property("7", "k", "{")) == ErrorCode::kInvalidInput);
    CHECK(world.http.calls.empty());
}

TEST_CASE("People get an address that works in every space", "[confluence]") {
    CHECK(World().confluence->page_url("7") == kBase + "/pages/viewpage.action?pageId=7");
}
