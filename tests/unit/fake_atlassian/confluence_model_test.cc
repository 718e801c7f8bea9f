#include "tests/support/fake_atlassian/confluence_model.h"

#include "tests/support/catch.h"
#include "tests/support/fake_atlassian/storage_rewrite.h"
#include "tests/support/fake_atlassian/storage_xml.h"
#include "tests/unit/fake_atlassian/manual_clock.h"

using namespace pagepress;
using namespace pagepress::test;

namespace {

struct World {
    ManualClock clock;
    ConfluenceModel confluence{clock};
    ContentId space = confluence.add_space("DOC", "Documentation").id;

    ApiResult<const StoredPage*> create(
        const std::string& title, const std::string& body = "<p>x</p>"
    ) {
        return confluence.create(
            {.space = space,
             .parent = std::nullopt,
             .title = title,
             .body = body,
             .message = {},
             .author = "me"}
        );
    }

    ApiResult<const StoredPage*> update(
        ContentId id,
        std::int64_t version,
        const std::string& title,
        const std::string& body = "<p>y</p>"
    ) {
        return confluence.update({
            .id = id,
            .version = version,
            .title = title,
            .body = body,
            .message = "stamp",
            .author = "me",
            .parent = std::nullopt,
        });
    }
};

}  // namespace

TEST_CASE("An update is taken only with the next version number", "[fake]") {
    World world;
    const ContentId id = (*world.create("A"))->id;
    for (const std::int64_t wrong : {0, 1, 3}) {
        const auto refused = world.update(id, wrong, "A");
        REQUIRE_FALSE(refused.has_value());
        CHECK(refused.error().status == 409);
        CHECK(
            refused.error().title ==
            "Version must be incremented when updating a page. Current Version: [1]. Provided "
            "version: [" +
                std::to_string(wrong) + "]"
        );
    }
    const auto updated = world.update(id, 2, "A2");
    REQUIRE(updated.has_value());
    CHECK((*updated)->latest().number == 2);
    CHECK((*updated)->latest().message == "stamp");
    CHECK((*updated)->notifications == 2);
    CHECK(world.confluence.journal().back().version.number == 2);
}

TEST_CASE(
    "Titles are unique in a space whatever their case, but free again in the trash", "[fake]"
) {
    World world;
    const ContentId id = (*world.create("Release Notes"))->id;
    const auto taken = world.create("release notes");
    REQUIRE_FALSE(taken.has_value());
    CHECK(taken.error().status == 400);
    CHECK(
        taken.error().title ==
        "A page with this title already exists: A page already exists with the same TITLE in this "
        "space"
    );
    CHECK(world.update(id, 2, "RELEASE NOTES").has_value());
    REQUIRE(world.confluence.archive(id).has_value());
    CHECK_FALSE(world.create("Release notes").has_value());
    REQUIRE(world.confluence.trash(id).has_value());
    CHECK(world.create("Release notes").has_value());
    const ContentId other = world.confluence.add_space("OTHER", "Other").id;
    CHECK(world.confluence
              .create(
                  {.space = other,
                   .parent = std::nullopt,
                   .title = "Release notes",
                   .body = "",
                   .message = {},
                   .author = ""}
              )
              .has_value());
    CHECK_FALSE(world.create(std::string(256, 'x')).has_value());
}

TEST_CASE("A body that is not well-formed is refused with row and column", "[fake]") {
    CHECK(
        storage_problem("<p>a\n</xml>") ==
        "Error parsing xhtml: Unexpected close tag </xml>; expected </p>.\n at [row,col "
        "{unknown-source}]: [2,7]"
    );
    const auto ampersand = storage_problem("<p>a & b</p>");
    REQUIRE(ampersand.has_value());
    CHECK(
        ampersand->find("Unexpected character ' ' (code 32) (missing name?)") != std::string::npos
    );
    CHECK(ampersand->find("[row,col {unknown-source}]: [1,7]") != std::string::npos);
    for (const char* bad :
         {"<p>", "<br>", "<zz:x/>", "&nosuch;", "<p/></xml><xml>", "\x01", "<p a=b/>"}) {
        INFO(bad);
        CHECK(storage_problem(bad).has_value());
    }
    for (const char* good :
         {"",
          "text",
          "<p>&nbsp;&auml;&euro;&amp;</p><ac:link><ri:page ri:content-title=\"x\"/></ac:link>",
          "<![CDATA[ & ]]>"}) {
        INFO(good);
        CHECK_FALSE(storage_problem(good).has_value());
    }
    World world;
    const auto refused = world.create("A", "<p>");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().status == 400);
    CHECK(world.create("A").has_value());
}

TEST_CASE(
    "A saved body differs from what was sent, and saving it again changes nothing", "[fake]"
) {
    const std::string sent =
        "<p>&quot;a&quot;<br/></p><hr/><ac:structured-macro ac:name=\"toc\"/><![CDATA[<p/>]]>";
    std::uint64_t next_id = 1;
    const std::string saved = rewritten_on_save(sent, next_id);
    CHECK(saved.find("\"a\"<br />") != std::string::npos);
    CHECK(saved.find("<p local-id=") != std::string::npos);
    CHECK(saved.find("ac:schema-version=\"1\"") != std::string::npos);
    CHECK(saved.find("ac:macro-id=") != std::string::npos);
    CHECK(saved.ends_with("<![CDATA[<p/>]]>"));
    CHECK(rewritten_on_save(saved, next_id) == saved);
}

TEST_CASE("A page comes back from the trash as it was, and can be purged there only", "[fake]") {
    World world;
    const ContentId parent = (*world.create("Parent"))->id;
    const auto child = world.confluence.create(
        {.space = world.space,
         .parent = parent,
         .title = "Child",
         .body = "",
         .message = {},
         .author = ""}
    );
    REQUIRE(child.has_value());
    CHECK_FALSE(world.confluence.purge(parent).has_value());
    const std::string body = *(*world.confluence.read(parent))->latest().body;
    REQUIRE(world.confluence.trash(parent).has_value());
    CHECK((*child)->parent == world.confluence.space_by_key("DOC")->homepage);
    REQUIRE(world.confluence.read(parent).has_value());
    CHECK((*world.confluence.read(parent))->status == ContentStatus::kTrashed);

    const auto restored = world.update(parent, 2, "Another title", "<p>other</p>");
    REQUIRE(restored.has_value());
    CHECK((*restored)->status == ContentStatus::kCurrent);
    CHECK((*restored)->latest().title == "Parent");
    CHECK(*(*restored)->latest().body == body);
    CHECK((*restored)->latest().number == 2);

    REQUIRE(world.confluence.trash(parent).has_value());
    REQUIRE(world.confluence.purge(parent).has_value());
    CHECK(world.confluence.read(parent).error().title.starts_with("Cannot find a page with id ["));
    CHECK(world.confluence.journal().size() == 4);  // home page, parent twice, child
}

TEST_CASE("A property is a compare-and-set object and makes no page version", "[fake]") {
    World world;
    const ContentId page = (*world.create("A"))->id;
    const auto made = world.confluence.create_property(page, "pagepress", "one");
    REQUIRE(made.has_value());
    const ContentId property = (*made)->id;
    const auto again = world.confluence.create_property(page, "pagepress", "two");
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().status == 409);
    CHECK(again.error().title == "Property with key [pagepress] already exists");
    CHECK(world.confluence.update_property(page, property, "two", 1).error().status == 409);
    REQUIRE(world.confluence.update_property(page, property, "two", 2).has_value());
    CHECK((*world.confluence.read(page))->properties.at("pagepress").value == "two");
    CHECK((*world.confluence.read(page))->latest().number == 1);
    CHECK((*world.confluence.read(page))->notifications == 1);
    REQUIRE(world.confluence.remove_property(page, property).has_value());
    CHECK(world.confluence.update_property(page, property, "x", 3).error().status == 404);
}

TEST_CASE("A new page can be hidden for its first reads", "[fake]") {
    World world;
    world.confluence.settings.hidden_reads = 2;
    const ContentId id = (*world.create("A"))->id;
    CHECK(world.confluence.read(id).error().status == 404);
    CHECK(world.update(id, 2, "A").error().status == 404);
    CHECK(world.confluence.read(id).has_value());
}
