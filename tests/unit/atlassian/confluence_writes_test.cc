// How the Confluence Cloud client writes pages and properties, and what it makes of the answers.
#include <boost/json/parse.hpp>

#include "tests/unit/atlassian/confluence_world.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

TEST_CASE("A page is created with space, parent, title and storage body", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(200, recorded("live-create-page-response.json"));
    REQUIRE(world.confluence->create({.space_id = "1", .parent_id = "", .title = "T", .body = ""}));
    CHECK(find(body_of(world.http.calls[0]), "parentId") == nullptr);
}

TEST_CASE("A create in a space that is not there is told from lost credentials", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(404, recorded("confluence-v2-404-bare-bad-credentials.json"));
    world.answer_probe();
    const NewPage page{.space_id = "1", .parent_id = "", .title = "T", .body = ""};
    CHECK(code_of(world.confluence->create(page)) == ErrorCode::kNotFound);
}

TEST_CASE(
    "An update carries the new version and its message, and returns the server's", "[confluence]"
) {
    ConfluenceWorld world;
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

TEST_CASE("A page is moved by the write that gives it its next version", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(200, recorded("live-update-page-response.json"));
    PageUpdate update = some_update();
    update.parent_id = "98400";
    REQUIRE(world.confluence->update(update));
    CHECK(string_at(body_of(world.http.calls[0]), "parentId") == "98400");
}

TEST_CASE("A space that was made anew under its key is looked up again", "[confluence]") {
    ConfluenceWorld world;
    const std::string spaces = R"({"results":[{"id":"1","key":"DOC"}]})";
    world.http.answer(200, spaces);
    REQUIRE(world.confluence->space_id("DOC") == "1");
    REQUIRE(world.confluence->space_id("DOC") == "1");
    world.http.answer(404, recorded("confluence-v2-404-page.json"));
    world.answer_probe();
    const NewPage page{.space_id = "1", .parent_id = "", .title = "T", .body = ""};
    CHECK(code_of(world.confluence->create(page)) == ErrorCode::kNotFound);
    world.http.answer(200, R"({"results":[{"id":"2","key":"DOC"}]})");
    CHECK(world.confluence->space_id("DOC") == "2");
}

TEST_CASE("The home page of a space is asked for once", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(200, R"({"id":"1","key":"DOC","homepageId":"11"})");
    CHECK(world.confluence->home_page("1") == "11");
    CHECK(world.confluence->home_page("1") == "11");
    CHECK(world.http.line(0) == "GET " + kBase + "/api/v2/spaces/1");
    CHECK(code_of(world.confluence->home_page("1/x")) == ErrorCode::kInvalidInput);
}

TEST_CASE("Faults of an update keep their codes", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(200, recorded("live-update-page-response.json"));
    REQUIRE(world.confluence->restore(some_update()));
    CHECK(world.http.line(0) == "PUT " + kBase + "/api/v2/pages/7");
    CHECK(string_at(body_of(world.http.calls[0]), "status") == "current");
}

TEST_CASE("A property is read by its key", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    const auto property = world.confluence->property("7", "k");
    REQUIRE(property);
    CHECK_FALSE(*property);
}

TEST_CASE("A new property is posted", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(200, R"({"results":[]})");
    world.http.answer(200, R"({"id":"5","key":"k","version":{"number":1}})");
    REQUIRE(world.confluence->set_property("7", "k", R"({"a":1})"));
    CHECK(world.http.line(1) == "POST " + kBase + "/api/v2/pages/7/properties");
    CHECK(body_of(world.http.calls[1]) == boost::json::parse(R"({"key":"k","value":{"a":1}})"));
}

TEST_CASE("An existing property is put with the next version", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(
        200, R"({"results":[{"id":"5","key":"k","value":{"a":1},"version":{"number":4}}]})"
    );
    REQUIRE(world.confluence->set_property("7", "k", R"( {"a": 1} )"));
    CHECK(world.http.calls.size() == 1);
}

TEST_CASE("A property that somebody else creates meanwhile is read and put", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    for (int turn = 0; turn < 10; ++turn) {
        world.http.answer(200, R"({"results":[]})");
        world.http.answer(409, recorded("confluence-v2-live-409-property-exists.json"));
    }
    CHECK(code_of(world.confluence->set_property("7", "k", "2")) == ErrorCode::kConflict);
    CHECK(world.http.calls.size() == 8);
}

TEST_CASE("A property of a page that cannot be seen yet is set later", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v2-404-property-page.json"));
    CHECK(code_of(world.confluence->set_property("7", "k", "2")) == ErrorCode::kUnavailable);
}

TEST_CASE("A property value that is no JSON is refused", "[confluence]") {
    ConfluenceWorld world;
    CHECK(code_of(world.confluence->set_property("7", "k", "{")) == ErrorCode::kInvalidInput);
    CHECK(world.http.calls.empty());
}

TEST_CASE("People get an address that works in every space", "[confluence]") {
    CHECK(ConfluenceWorld().confluence->page_url("7") == kBase + "/pages/viewpage.action?pageId=7");
}

TEST_CASE("Labels are added in one call, as global ones", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(200, R"({"results":[],"start":0,"limit":200,"size":2})");
    REQUIRE(world.confluence->add_labels("7", {"release", "team-a"}));
    CHECK(world.http.line(0) == "POST " + kBase + "/rest/api/content/7/label");
    CHECK(
        body_of(world.http.calls[0]) == boost::json::parse(R"([{"prefix":"global","name":"release"},
              {"prefix":"global","name":"team-a"}])")
    );
    CHECK(code_of(world.confluence->add_labels("7/x", {"a"})) == ErrorCode::kInvalidInput);
}

TEST_CASE("Labels of a page that cannot be read yet are tried again", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(404, R"({"statusCode":404,"message":"No content found with id : 7"})");
    world.answer_probe();
    CHECK(code_of(world.confluence->add_labels("7", {"release"})) == ErrorCode::kUnavailable);
}

TEST_CASE("A token without the scope of labels is no rejected token", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(401, R"({"code":401,"message":"Unauthorized; scope does not match"})");
    CHECK(code_of(world.confluence->add_labels("7", {"release"})) == ErrorCode::kForbidden);
    world.http.answer(401, R"({"code":401,"message":"Unauthorized"})");
    CHECK(
        code_of(world.confluence->add_labels("7", {"release"})) == ErrorCode::kCredentialsRejected
    );
}
