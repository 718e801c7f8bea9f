// How the client of Confluence's API v1 reads pages, versions, listings and spaces.
#include "tests/unit/atlassian/v1_world.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

const std::string kWhole = "expand=body.storage,version,space,ancestors";

std::string scanned(const std::string& id, const std::string& minute) {
    return R"({"id":")" + id + R"(","status":"current","history":{"createdDate":"2026-09-30T12:)" +
           minute + R"(:00.000Z"}})";
}

}  // namespace

TEST_CASE("Over v1 a page is read in one call, whatever its status", "[v1]") {
    V1World world;
    world.http.answer(200, v1_content("7", "trashed", v1_version(3, "10")));
    const auto page = world.confluence->page("7", kNoon + 15 * kMinute);
    REQUIRE(page);
    REQUIRE(*page);
    CHECK((*page)->id == "7");
    CHECK((*page)->status == PageStatus::kTrashed);
    CHECK((*page)->title == "T");
    CHECK((*page)->space_id == "DOC");
    CHECK((*page)->parent_id == "5");
    CHECK((*page)->version == 3);
    CHECK((*page)->body == "<p/>");
    CHECK((*page)->labels == std::vector<std::string>{"release"});
    REQUIRE((*page)->versions.size() == 1);
    CHECK((*page)->versions[0].message == "m3");
    CHECK((*page)->versions[0].created_at == kNoon + 10 * kMinute);
    REQUIRE(world.http.calls.size() == 1);
    CHECK(
        world.http.line(0) ==
        "GET " + kDocs + "/rest/api/content/7?status=any&" + kWhole + ",metadata.labels"
    );
    CHECK(has_header(world.http.calls[0], "Authorization: Bearer of Confluence"));
}

TEST_CASE("Over v1 versions are listed back to the time that is asked for", "[v1]") {
    const auto flavour = GENERATE(Site::Flavour::kDataCenter, Site::Flavour::kCloud);
    const std::string root =
        flavour == Site::Flavour::kCloud ? "/rest/api/content/" : "/rest/experimental/content/";
    V1World world(flavour);
    world.http.answer(200, v1_content("7", "current", v1_version(4, "40")));
    world.http.answer(
        200,
        v1_list(
            v1_version(4, "40") + "," + v1_version(3, "30"),
            "/confluence" + root + "7/version?limit=200&start=2"
        )
    );
    world.http.answer(
        200, v1_list(v1_version(2, "20") + "," + v1_version(1, "10"), root + "7/version?start=4")
    );
    const auto page = world.confluence->page("7", kNoon + 15 * kMinute);
    REQUIRE(page);
    REQUIRE((*page)->versions.size() == 4);
    CHECK((*page)->versions[1].message == "m3");
    REQUIRE(world.http.calls.size() == 3);
    CHECK(world.http.line(1) == "GET " + kDocs + root + "7/version?limit=200");
    CHECK(world.http.line(2) == "GET " + kDocs + root + "7/version?limit=200&start=2");
}

TEST_CASE("A server that does not list versions is asked for each, and not again", "[v1]") {
    V1World world;
    world.http.answer(200, v1_content("7", "current", v1_version(4, "40")));
    world.answer_gone();  // the list
    world.http.answer(200, v1_content("99", "historical", v1_version(3, "30")));
    world.answer_gone();  // version 2 was removed
    world.http.answer(200, v1_content("98", "historical", v1_version(1, "10")));
    const auto page = world.confluence->page("7", kNoon + 15 * kMinute);
    REQUIRE(page);
    REQUIRE(*page);
    REQUIRE((*page)->versions.size() == 3);
    CHECK((*page)->versions[0].number == 4);
    CHECK((*page)->versions[1].message == "m3");
    CHECK((*page)->versions[2].number == 1);
    CHECK(
        world.http.line(4) ==
        "GET " + kDocs + "/rest/api/content/7?status=historical&version=3&expand=version"
    );
    world.http.calls.clear();
    world.http.answer(200, v1_content("7", "current", v1_version(2, "40")));
    world.http.answer(200, v1_content("98", "historical", v1_version(1, "10")));
    REQUIRE(world.confluence->page("7", 0));
    CHECK(world.http.calls.size() == 2);
}

TEST_CASE("Over v1 a past version is read under the page's own id", "[v1]") {
    V1World world;
    world.http.answer(200, v1_content("4242", "historical", v1_version(2, "20")));
    const auto past = world.confluence->page_at("7", 2);
    REQUIRE(past);
    REQUIRE(*past);
    CHECK((*past)->id == "7");
    CHECK((*past)->version == 2);
    CHECK(
        world.http.line(0) ==
        "GET " + kDocs + "/rest/api/content/7?status=historical&version=2&" + kWhole
    );
    SECTION("the current one is none of the past") {
        world.answer_gone();
        world.http.answer(200, v1_content("7", "current", v1_version(3, "30")));
        CHECK((*world.confluence->page_at("7", 3))->version == 3);
    }
    SECTION("a removed one is gone") {
        world.answer_gone();
        world.http.answer(200, v1_content("7", "current", v1_version(3, "30")));
        CHECK_FALSE(world.confluence->page_at("7", 1)->has_value());
    }
}

TEST_CASE("Over v1 a page is gone only if a probe shows that we are logged in", "[v1]") {
    V1World world;
    SECTION("gone") {
        world.answer_gone();
        CHECK_FALSE(world.confluence->page("7", 0)->has_value());
        CHECK(world.http.line(1) == "GET " + kDocs + "/rest/api/user/current");
    }
    SECTION("anonymous, as the probe shows") {
        world.http.answer(404, recorded("confluence-v1-dc-404-content.json"));
        world.http.answer(200, R"({"type":"anonymous","username":"anonymous"})");
        CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kCredentialsRejected);
    }
    SECTION("anonymous, as a header of a good answer shows") {
        world.http.answer(
            200, v1_content("7", "current", v1_version(1, "10")), {{"x-ausername", "anonymous"}}
        );
        CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kCredentialsRejected);
    }
    SECTION("a login that must be made in a browser") {
        world.http.answer(
            401, "", {{"x-authentication-denied-reason", "CAPTCHA_CHALLENGE; login-url=x"}}
        );
        CHECK(code_of(world.confluence->page("7", 0)) == ErrorCode::kCredentialsRejected);
    }
}

TEST_CASE("Ids that are no numbers become no part of a path of v1", "[v1]") {
    V1World world;
    CHECK(code_of(world.confluence->page("../7", 0)) == ErrorCode::kInvalidInput);
    CHECK(code_of(world.confluence->page_at("7?x", 1)) == ErrorCode::kInvalidInput);
    CHECK(code_of(world.confluence->property("x", "k")) == ErrorCode::kInvalidInput);
    CHECK(code_of(world.confluence->pages_in_space("DOC", {"x"})) == ErrorCode::kInvalidInput);
    CHECK(world.http.calls.empty());
}

TEST_CASE("Over v1 a title is looked up by space key; the trash has no claim to it", "[v1]") {
    V1World world;
    world.http.answer(
        200,
        v1_list(
            v1_content("8", "trashed", v1_version(1, "10")) + "," +
            v1_content("7", "current", v1_version(1, "10"))
        )
    );
    const auto pages = world.confluence->find_by_title("DOC", "t");
    REQUIRE(pages);
    REQUIRE(pages->size() == 1);
    CHECK(pages->front().id == "7");
    CHECK(
        world.http.line(0) ==
        "GET " + kDocs + "/rest/api/content?type=page&spaceKey=DOC&title=t&status=any&" + kWhole
    );
}

TEST_CASE("Cloud lists the newest pages of a space over v1 by their time", "[v1]") {
    V1World world(Site::Flavour::kCloud);
    world.http.answer(
        200,
        v1_list(
            v1_content("8", "trashed", v1_version(1, "10")) + "," +
                v1_content("9", "draft", v1_version(1, "10")),
            "/rest/api/content?next=true&cursor=abc"
        )
    );
    world.http.answer(200, v1_list(v1_content("7", "current", v1_version(1, "10"))));
    const auto pages = world.confluence->newest_pages("DOC");
    REQUIRE(pages);
    REQUIRE(pages->size() == 2);
    CHECK(pages->front().id == "8");
    CHECK(
        world.http.line(0) == "GET " + kDocs +
                                  "/rest/api/content?type=page&spaceKey=DOC&status=any"
                                  "&orderby=history.createdDate%20desc&" +
                                  kWhole + "&limit=50"
    );
    CHECK(world.http.line(1) == "GET " + kDocs + "/rest/api/content?next=true&cursor=abc");
}

TEST_CASE("On Data Center a space is scanned whole, since ids do not grow with time", "[v1]") {
    V1World world;
    world.http.answer(
        200,
        v1_list(
            scanned("11", "05") + "," + scanned("12", "50"),
            "/rest/api/content/scan?cursor=content:false:12&limit=500"
        )
    );
    world.http.answer(200, v1_list(scanned("32769", "20")));
    world.http.answer(
        200,
        v1_list(
            v1_content("11", "current", v1_version(1, "10")) + "," +
            v1_content("32769", "current", v1_version(1, "10")) + "," +
            v1_content("12", "trashed", v1_version(1, "10"))
        )
    );
    const auto pages = world.confluence->newest_pages("DOC");
    REQUIRE(pages);
    REQUIRE(pages->size() == 3);
    CHECK((*pages)[0].id == "12");
    CHECK((*pages)[1].id == "32769");
    CHECK((*pages)[2].id == "11");
    CHECK(
        world.http.line(0) ==
        "GET " + kDocs + "/rest/api/content/scan?spaceKey=DOC&status=any&expand=history&limit=500"
    );
    CHECK(
        world.http.line(1) ==
        "GET " + kDocs + "/rest/api/content/scan?cursor=content:false:12&limit=500"
    );
    CHECK(
        world.http.line(2) == "GET " + kDocs + "/rest/api/content?status=any&" + kWhole +
                                  "&limit=3&ids=12&ids=32769&ids=11"
    );
}

TEST_CASE("Pages too large for one answer are read one by one", "[v1]") {
    V1World world;
    world.http.answer(200, v1_list(scanned("11", "05") + "," + scanned("12", "50")));
    world.http.fail_with(ErrorCode::kTooLarge);
    world.http.answer(200, v1_content("12", "current", v1_version(1, "10")));
    world.http.answer(200, v1_content("11", "current", v1_version(1, "10")));
    const auto pages = world.confluence->newest_pages("DOC");
    REQUIRE(pages);
    CHECK(pages->size() == 2);
    CHECK(world.http.line(2) == "GET " + kDocs + "/rest/api/content/12?status=any&" + kWhole);
}

TEST_CASE("A server that does not know how to give pages by ids is told from one", "[v1]") {
    V1World world;
    world.http.answer(200, v1_list(v1_content("99", "current", v1_version(1, "10"))));
    const auto found = world.confluence->pages_in_space("DOC", {"7"});
    CHECK(code_of(found) == ErrorCode::kInvalidInput);
    CHECK(found.error().message.contains("9.0"));
}

TEST_CASE("Over v1 pages are known to be in a space, current or archived", "[v1]") {
    using Ids = std::vector<std::string>;
    auto elsewhere = v1_content("9", "current", v1_version(1, "10"));
    elsewhere.replace(elsewhere.find("DOC"), 3, "OPS");
    SECTION("on Data Center by one answer") {
        V1World world;
        world.http.answer(
            200,
            v1_list(
                v1_content("7", "current", v1_version(1, "10")) + "," +
                v1_content("8", "trashed", v1_version(1, "10")) + "," + elsewhere
            )
        );
        CHECK(world.confluence->pages_in_space("DOC", {"7", "8", "9"}).value() == Ids{"7"});
        CHECK(
            world.http.line(0) ==
            "GET " + kDocs +
                "/rest/api/content?status=any&expand=version,space&limit=3&ids=7&ids=8&ids=9"
        );
    }
    SECTION("on Cloud one by one") {
        V1World world(Site::Flavour::kCloud);
        world.http.answer(200, v1_content("7", "archived", v1_version(1, "10")));
        world.answer_gone();
        world.http.answer(200, elsewhere);
        CHECK(world.confluence->pages_in_space("DOC", {"7", "8", "9"}).value() == Ids{"7"});
    }
}

TEST_CASE("A space is known by its key over v1, as the server writes it", "[v1]") {
    V1World world;
    world.http.answer(200, R"({"id":77,"key":"DOC","homepage":{"id":"70"}})");
    CHECK(world.confluence->space_id("doc").value() == "DOC");
    CHECK(world.confluence->space_id("doc").value() == "DOC");
    CHECK(world.confluence->space_id("DOC").value() == "DOC");
    CHECK(world.http.calls.size() == 1);
    CHECK(world.http.line(0) == "GET " + kDocs + "/rest/api/space/doc?expand=homepage");
    world.http.answer(404, recorded("confluence-v1-dc-404-space.json"));
    world.answer_probe();
    world.http.answer(404, recorded("confluence-v1-dc-404-space.json"));
    const auto none = world.confluence->space_id("~jane");
    CHECK(code_of(none) == ErrorCode::kNotFound);
    CHECK(none.error().message.contains("there is no space '~jane'"));
}
