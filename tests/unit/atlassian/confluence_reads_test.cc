// How the Confluence Cloud client reads pages, titles, listings and spaces.
#include "tests/unit/atlassian/confluence_world.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

TEST_CASE("A page is read with body and versions in one call", "[confluence]") {
    ConfluenceWorld world;
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
    CHECK((*page)->labels.empty());
    REQUIRE((*page)->versions.size() == 2);
    CHECK((*page)->versions[0].number == 3);
    CHECK((*page)->versions[0].message == "m3");
    CHECK((*page)->versions[0].created_at == kNoon + 30 * kMinute);
    REQUIRE(world.http.calls.size() == 1);
    CHECK(
        world.http.line(0) ==
        "GET " + kBase +
            "/api/v2/pages/7?body-format=storage&include-versions=true&include-labels=true"
    );
    CHECK(has_header(world.http.calls[0], "Authorization: Basic abc"));
    CHECK(has_header(world.http.calls[0], "Accept: application/json"));
}

TEST_CASE("The global labels come with a page", "[confluence]") {
    ConfluenceWorld world;
    const std::string labels = R"({"results":[{"id":"1","name":"release","prefix":"global"},)"
                               R"({"id":"2","name":"favourite","prefix":"my"}]})";
    world.http.answer(
        200, page_json("{\"results\":[" + version_json(1, "10") + "]},\"labels\":" + labels)
    );
    const auto page = world.confluence->page("7", kNoon);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->labels == std::vector<std::string>{"release"});
}

TEST_CASE(
    "Versions beyond those that came with the page are listed by next links", "[confluence]"
) {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(200, recorded("composed-page-get-body-storage.json"));
    world.http.answer(200, "{\"results\":[" + version_json(2, "00") + "]}");
    const auto page = world.confluence->page("3604482", 0);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->versions.size() == 1);
    CHECK((*page)->body.starts_with("<p>v2</p><ac:structured-macro"));
}

TEST_CASE("No versions are listed when the page's own say that there are no more", "[confluence]") {
    ConfluenceWorld world;
    const auto* const versions = GENERATE(
        R"({"results":[{"number":1,"createdAt":"2026-09-30T12:00:00Z"}]})",
        R"({"results":[{"number":3,"createdAt":"2026-09-30T12:00:00Z"}],"meta":{"hasMore":false}})"
    );
    world.http.answer(200, page_json(versions));
    REQUIRE(world.confluence->page("7", 0));
    CHECK(world.http.calls.size() == 1);
}

TEST_CASE("A next link never leads to another host", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
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
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    const std::string refusal = R"({"errors":[{"status":403,"title":"No permission"}]})";
    world.http.answer(403, refusal);
    world.answer_probe();
    world.http.answer(403, refusal);
    CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kForbidden);
}

TEST_CASE("Broken JSON is corrupt for a read and unknown for a write", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    for (const char* id : {"", "..", "7/../8", "7?x", "abc"}) {
        CAPTURE(id);
        CHECK(code_of(world.confluence->page(id, 0)) == ErrorCode::kInvalidInput);
        CHECK(code_of(world.confluence->property(id, "k")) == ErrorCode::kInvalidInput);
        CHECK(code_of(world.confluence->find_by_title(id, "t")) == ErrorCode::kInvalidInput);
    }
    CHECK(world.http.calls.empty());
}

TEST_CASE("Pages are found by title in any case, and others are left out", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
    world.http.answer(
        200,
        R"({"results":[{"id":"1","status":"current","title":"ÄRGER x","version":{"number":1}}]})"
    );
    const auto pages = world.confluence->find_by_title("1", "ärger X");
    REQUIRE(pages);
    CHECK(pages->size() == 1);
}

TEST_CASE("A recorded search by title is read", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
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
    ConfluenceWorld world;
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

TEST_CASE("Which pages are in a space is asked a hundred at a time", "[confluence]") {
    ConfluenceWorld world;
    const auto answer_with = [&](const std::string& id, const std::string& space) {
        world.http.answer(
            200,
            R"({"results":[{"id":")" + id + R"(","status":"current","title":"T","spaceId":")" +
                space + R"(","version":{"number":1}}],"_links":{}})"
        );
    };
    answer_with("1000", "98306");
    answer_with("1100", "5");  // not of the space that was asked for
    std::vector<std::string> ids;
    for (int i = 1000; i < 1101; ++i) ids.push_back(std::to_string(i));
    const auto found = world.confluence->pages_in_space("98306", ids);
    REQUIRE(found);
    CHECK(*found == std::vector<std::string>{"1000"});
    REQUIRE(world.http.calls.size() == 2);
    CHECK(world.http.line(0).starts_with(
        "GET " + kBase + "/api/v2/pages?space-id=98306&limit=100&id=1000&id=1001&"
    ));
    CHECK(world.http.line(1) == "GET " + kBase + "/api/v2/pages?space-id=98306&limit=100&id=1100");
    CHECK_FALSE(world.confluence->pages_in_space("98306", {"1&x=2"}));
    CHECK(world.confluence->pages_in_space("98306", {}).value().empty());
}

TEST_CASE("The id of a space is asked for once", "[confluence]") {
    ConfluenceWorld world;
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
    ConfluenceWorld world;
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

TEST_CASE("A page is read as one of its versions shows it", "[confluence]") {
    ConfluenceWorld world;
    world.http.answer(200, page_json("{\"results\":[]}"));
    const auto page = world.confluence->page_at("7", 3);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->title == "T");
    CHECK((*page)->body == "<p/>");
    CHECK(world.http.line(0) == "GET " + kBase + "/api/v2/pages/7?body-format=storage&version=3");
    world.http.answer(200, page_json("{\"results\":[]}"));
    CHECK(code_of(world.confluence->page_at("7", 2)) == ErrorCode::kCorrupt);
    world.http.answer(404, recorded("confluence-v2-404-page.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v2-404-page.json"));
    const auto gone = world.confluence->page_at("7", 9);
    REQUIRE(gone);
    CHECK_FALSE(*gone);
    CHECK(code_of(world.confluence->page_at("../7", 1)) == ErrorCode::kInvalidInput);
}
