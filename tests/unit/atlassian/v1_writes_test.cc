// How the client of Confluence's API v1 writes pages, properties and labels.
#include <boost/json/parse.hpp>

#include "tests/unit/atlassian/v1_world.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

TEST_CASE("Over v1 a page is created with space, parent, title and storage body", "[v1]") {
    V1World world;
    world.http.answer(200, R"({"id":77,"key":"DOC","homepage":{"id":"70"}})");
    world.http.answer(200, v1_content("3604482", "current", v1_version(1, "10")));
    const auto* const parent = GENERATE("", "71");
    const auto saved = world.confluence->create(
        {.space_id = "DOC", .parent_id = parent, .title = "T & \"q\"", .body = "<p>ä</p>"}
    );
    REQUIRE(saved);
    CHECK(saved->id == "3604482");
    CHECK(saved->version == 1);
    CHECK(saved->body == "<p/>");
    CHECK(world.http.line(1) == "POST " + kDocs + "/rest/api/content?expand=body.storage,version");
    auto wanted = boost::json::parse(R"({"type":"page","status":"current","title":"T & \"q\"",
        "space":{"key":"DOC"},"ancestors":[{"id":"70"}],
        "body":{"storage":{"value":"<p>ä</p>","representation":"storage"}}})");
    if (*parent != 0) wanted.at("ancestors").at(0).at("id") = parent;
    CHECK(body_of(world.http.calls[1]) == wanted);
}

TEST_CASE("A home page that is gone is asked for again", "[v1]") {
    V1World world;
    const NewPage page{.space_id = "DOC", .parent_id = "", .title = "T", .body = ""};
    world.http.answer(200, R"({"id":77,"key":"DOC","homepage":{"id":"70"}})");
    world.http.answer(404, recorded("confluence-v1-dc-404-content.json"));
    world.answer_probe();
    CHECK(code_of(world.confluence->create(page)) == ErrorCode::kNotFound);
    world.http.answer(200, R"({"id":77,"key":"DOC"})");
    world.http.answer(200, v1_content("3604482", "current", v1_version(1, "10")));
    REQUIRE(world.confluence->create(page));
    CHECK(find(body_of(world.http.calls.back()), "ancestors") == nullptr);
}

TEST_CASE("Over v1 an update carries the new version and its message", "[v1]") {
    V1World world;
    world.http.answer(200, v1_content("7", "current", v1_version(4, "40")));
    const auto saved = world.confluence->update(some_update());
    REQUIRE(saved);
    CHECK(saved->version == 4);
    CHECK(saved->message == "m4");
    CHECK(saved->title == "T");
    CHECK(world.http.line(0) == "PUT " + kDocs + "/rest/api/content/7");
    CHECK_FALSE(world.http.calls[0].read_only);
    CHECK(
        body_of(world.http.calls[0]) ==
        boost::json::parse(R"({"id":"7","type":"page","status":"current","title":"T \"q\"",
              "body":{"storage":{"value":"<p>x</p>","representation":"storage"}},
              "version":{"number":4,"message":"stamp"}})")
    );
    world.http.answer(200, v1_content("7", "current", v1_version(4, "40")));
    REQUIRE(world.confluence->restore(some_update()));
    CHECK(world.http.calls[1].body == world.http.calls[0].body);
}

TEST_CASE("Over v1 a page is moved by its ancestor, and the home page is its space's", "[v1]") {
    V1World world;
    world.http.answer(200, v1_content("7", "current", v1_version(4, "40")));
    PageUpdate update = some_update();
    update.parent_id = "71";
    REQUIRE(world.confluence->update(update));
    CHECK(body_of(world.http.calls[0]).at("ancestors") == boost::json::parse(R"([{"id":"71"}])"));
    world.http.answer(200, R"({"id":77,"key":"DOC","homepage":{"id":"70"}})");
    CHECK(world.confluence->home_page("DOC") == "70");
}

TEST_CASE("Faults of a write over v1 keep their codes", "[v1]") {
    struct Fault {
        int status;
        const char* file;
        ErrorCode code;
    };

    const auto fault = GENERATE(
        Fault{409, "confluence-v1-dc-409-version.json", ErrorCode::kConflict},
        Fault{409, "confluence-v1-cloud-409-version.json", ErrorCode::kConflict},
        Fault{500, "confluence-v1-cloud-409-optimistic-lock.json", ErrorCode::kConflict},
        Fault{400, "confluence-v1-dc-400-title-exists.json", ErrorCode::kTitleTaken},
        Fault{400, "confluence-v1-cloud-400-title-exists.json", ErrorCode::kTitleTaken},
        Fault{400, "confluence-v1-dc-400-xhtml.json", ErrorCode::kInvalidInput},
        Fault{410, "confluence-v1-cloud-410-gone.json", ErrorCode::kInvalidInput},
        Fault{413, "confluence-v1-cloud-413-too-large.json", ErrorCode::kTooLarge}
    );
    CAPTURE(fault.file);
    V1World world;
    world.http.answer(fault.status, recorded(fault.file));
    const auto saved = world.confluence->update(some_update());
    CHECK(code_of(saved) == fault.code);
    if (fault.status == 410) {
        CHECK(saved.error().message.ends_with("give it confluence_api: v2"));
    }
    world.http.answer(502, "<html>");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kUnknownOutcome);
    world.http.answer(200, "<html><title>Log in</title>");
    CHECK(code_of(world.confluence->update(some_update())) == ErrorCode::kCredentialsRejected);
}

TEST_CASE("Over v1 a property is found in the list, and version 1 creates it", "[v1]") {
    V1World world;
    const std::string list = "/rest/api/content/7/property?expand=version&limit=100";
    world.http.answer(200, v1_list("", "/rest/api/content/7/property?start=100"));
    world.http.answer(200, v1_list(R"({"id":"4","key":"other","value":1,"version":{"number":9}})"));
    world.http.answer(200, R"({"id":"5","key":"k","version":{"number":1}})");
    REQUIRE(world.confluence->set_property("7", "k", R"({"a":1})"));
    CHECK(world.http.line(0) == "GET " + kDocs + list);
    CHECK(world.http.line(1) == "GET " + kDocs + "/rest/api/content/7/property?start=100");
    CHECK(world.http.line(2) == "PUT " + kDocs + "/rest/api/content/7/property/k");
    CHECK(
        body_of(world.http.calls[2]) ==
        boost::json::parse(R"({"key":"k","value":{"a":1},"version":{"number":1}})")
    );
}

TEST_CASE("Over v1 a property that somebody else creates meanwhile gets a version", "[v1]") {
    V1World world;
    world.http.answer(200, v1_list(""));
    world.http.answer(409, recorded("confluence-v2-live-409-property-exists.json"));
    world.http.answer(200, v1_list(R"({"id":"5","key":"k","value":1,"version":{"number":1}})"));
    world.http.answer(200, R"({"id":"5"})");
    REQUIRE(world.confluence->set_property("7", "k", "2"));
    CHECK(
        body_of(world.http.calls[3]) ==
        boost::json::parse(R"({"id":"5","key":"k","value":2,"version":{"number":2}})")
    );
    world.answer_gone();
    CHECK_FALSE(world.confluence->property("7", "k")->has_value());
    world.answer_gone();
    CHECK(code_of(world.confluence->set_property("7", "k", "2")) == ErrorCode::kUnavailable);
}

TEST_CASE("Over v1 labels are added, and people get an address", "[v1]") {
    V1World world;
    world.http.answer(200, R"({"results":[]})");
    REQUIRE(world.confluence->add_labels("7", {"release"}));
    CHECK(world.http.line(0) == "POST " + kDocs + "/rest/api/content/7/label");
    CHECK(world.confluence->page_url("7") == kDocs + "/pages/viewpage.action?pageId=7");
}
