#include "worker/render/regions.h"

#include <random>

#include "tests/support/catch.h"
#include "worker/render/storage_format.h"
#include "worker/render/storage_tokens.h"

using namespace pagepress::worker;

namespace {

std::string region(std::string_view snapshot, std::string_view content) {
    return std::string(
               "<ac:structured-macro ac:name=\"excerpt\" ac:schema-version=\"1\">"
               "<ac:parameter ac:name=\"name\">pagepress-"
    )
        .append(snapshot)
        .append("</ac:parameter><ac:rich-text-body>")
        .append(content)
        .append("</ac:rich-text-body></ac:structured-macro>");
}

// As a person's editor leaves it: attributes in another order, new ones, another parameter first.
const std::string kEdited =
    "<ac:structured-macro ac:macro-id='1-2' ac:schema-version=\"1\"\n ac:name = \"excerpt\" "
    "data-x=\"a>b\"><ac:parameter ac:name=\"hidden\">false</ac:parameter><ac:parameter "
    "ac:name=\"name\"> pagepress-weekly\n</ac:parameter><ac:rich-text-body><p>old</p>"
    "</ac:rich-text-body></ac:structured-macro>";

std::string content_of(const std::string& body, const Region& found) {
    return body.substr(found.content_begin, found.content_end - found.content_begin);
}

std::string random_body(std::mt19937& random) {
    static const std::vector<std::string> pieces{
        "text &amp; more",
        "<p>a<br /></p>",
        "<!-- " + region("weekly", "comment") + " -->",
        "<ac:structured-macro ac:name=\"code\"><ac:plain-text-body><![CDATA[" +
            region("weekly", "code") + "]]></ac:plain-text-body></ac:structured-macro>",
        "<ac:structured-macro ac:name=\"excerpt\"><ac:rich-text-body><p>unnamed</p>"
        "</ac:rich-text-body></ac:structured-macro>",
        "<ac:structured-macro ac:name=\"excerpt\"><ac:parameter ac:name=\"name\">mine"
        "</ac:parameter><ac:rich-text-body>foreign</ac:rich-text-body></ac:structured-macro>",
        region("other", "<p>other</p>"),
        "<p title=\"x > y\">é中😀</p>",
        "<ac:layout><ac:layout-section>" + region("third", "<p>3</p>") +
            "</ac:layout-section></ac:layout>",
    };
    std::string body;
    const auto count = random() % 6;
    for (unsigned i = 0; i < count; ++i) body += pieces[random() % pieces.size()];
    return body;
}

}  // namespace

TEST_CASE("A region is found whatever attributes and parameters were added", "[regions]") {
    const std::string body = "<p>before</p>" + kEdited + "<p>after</p>";
    const auto regions = find_regions(body);
    REQUIRE(regions.size() == 1);
    CHECK(regions[0].snapshot == "weekly");
    CHECK(body.substr(regions[0].begin, regions[0].end - regions[0].begin) == kEdited);
    CHECK(content_of(body, regions[0]) == "<p>old</p>");
}

TEST_CASE("Macros inside a region belong to its content", "[regions]") {
    const std::string inner =
        "<ac:structured-macro ac:name=\"panel\"><ac:parameter ac:name=\"name\">pagepress-x"
        "</ac:parameter><ac:rich-text-body><ac:structured-macro ac:name=\"excerpt\">"
        "<ac:rich-text-body>y</ac:rich-text-body></ac:structured-macro></ac:rich-text-body>"
        "</ac:structured-macro>";
    const std::string body = region("weekly", inner);
    const auto regions = find_regions(body);
    REQUIRE(regions.size() == 1);
    CHECK(content_of(body, regions[0]) == inner);
    CHECK(with_region(body, "weekly", "<p>new</p>") == region("weekly", "<p>new</p>"));
}

TEST_CASE("Regions in CDATA and comments are text", "[regions]") {
    CHECK(find_regions("<![CDATA[" + region("a", "b") + "]]>").empty());
    CHECK(find_regions("<!--" + region("a", "b") + "-->").empty());
}

TEST_CASE("A body whose tags do not nest has no regions", "[regions]") {
    CHECK(find_regions("<p>" + region("a", "b")).empty());
    CHECK(find_regions(region("a", "b") + "</p>").empty());
    CHECK(find_regions(region("a", "<b><i></b></i>")).empty());
    CHECK(find_regions(region("a", "b") + "<p title=\"").size() == 1);  // text, not a tag
}

TEST_CASE("Replacing a region keeps every other byte of any body", "[regions]") {
    std::mt19937 random(20261121);
    for (int round = 0; round < 500; ++round) {
        const std::string before = random_body(random);
        const std::string after = random_body(random);
        const std::string content = random() % 2 == 0 ? "<p>new &amp; fresh</p>" : "";
        const std::size_t head = kEdited.find("<p>old</p>");
        const std::string edited_now =
            kEdited.substr(0, head) + content + kEdited.substr(head + 10);
        const std::string result = with_region(before + kEdited + after, "weekly", content);
        REQUIRE(result == before + edited_now + after);
        REQUIRE(check_storage_format(result).has_value());
        REQUIRE(with_region(result, "weekly", content) == result);
    }
}

TEST_CASE("A missing region is appended and found again", "[regions]") {
    std::mt19937 random(7);
    for (int round = 0; round < 100; ++round) {
        const std::string body = random_body(random);
        const std::string result = with_region(body, "q&a <1>", "<p>new</p>");
        REQUIRE(result.starts_with(body));
        REQUIRE(check_storage_format(result).has_value());
        const auto regions = find_regions(result);
        REQUIRE(regions.back().snapshot == "q&a <1>");
        REQUIRE(content_of(result, regions.back()) == "<p>new</p>");
    }
}

TEST_CASE("All regions of one snapshot are replaced, also inside others", "[regions]") {
    const std::string body =
        region("a", "1") + "x" + region("b", "<p>" + region("a", "2") + "</p>") + region("a", "3");
    CHECK(
        with_region(body, "a", "N") ==
        region("a", "N") + "x" + region("b", "<p>" + region("a", "N") + "</p>") + region("a", "N")
    );
    CHECK(with_region(region("a", region("a", "1")), "a", "N") == region("a", "N"));
}

TEST_CASE("An emptied region gets its content again", "[regions]") {
    const std::string body =
        "<ac:structured-macro ac:name=\"excerpt\"><ac:parameter ac:name=\"name\">pagepress-a"
        "</ac:parameter><ac:rich-text-body /></ac:structured-macro>";
    const std::string result = with_region(body, "a", "N");
    CHECK(check_storage_format(result).has_value());
    CHECK(content_of(result, find_regions(result).at(0)) == "N");
}

TEST_CASE("A newly rendered body keeps the regions of the old one", "[regions]") {
    const std::string old_body = "<p>v1</p>" + region("a", "A1") + "<p>x</p>" +
                                 region("b", "<p>" + region("c", "C1") + "</p>");
    CHECK(with_regions_of("<p>v2</p>", "<p>v1</p>") == "<p>v2</p>");
    CHECK(
        with_regions_of("<p>v2</p>", old_body) ==
        "<p>v2</p>" + region("a", "A1") + region("b", "<p>" + region("c", "C1") + "</p>")
    );
    CHECK(
        with_regions_of("<p>v2</p>" + region("a", "") + "<p>end</p>", old_body) ==
        "<p>v2</p>" + region("a", "A1") + "<p>end</p>" +
            region("b", "<p>" + region("c", "C1") + "</p>")
    );
    CHECK(with_regions_of(region("d", "D2"), "") == region("d", "D2"));
    const std::string once = with_regions_of("<p>v2</p>", old_body);
    CHECK(with_regions_of("<p>v2</p>", once) == once);
}

TEST_CASE("Tokens cover any bytes without a gap", "[storage_tokens]") {
    static constexpr std::string_view kAlphabet = "<>/!-[]CDATA?=\"' ap:&;\n";
    std::mt19937 random(42);
    for (int round = 0; round < 5'000; ++round) {
        std::string body;
        const auto size = random() % 60;
        for (unsigned i = 0; i < size; ++i) body.push_back(kAlphabet[random() % kAlphabet.size()]);
        StorageTokens tokens(body);
        std::size_t at = 0;
        while (const auto token = tokens.next()) {
            REQUIRE(token->begin == at);
            REQUIRE(token->end > at);
            REQUIRE(token->content_begin >= token->begin);
            REQUIRE(token->content_end >= token->content_begin);
            REQUIRE(token->content_end <= token->end);
            if (token->kind == TokenKind::kStartTag) {
                for (const auto& attribute : attributes_of(body, *token)) {
                    REQUIRE(attribute.value_end < token->end);
                }
            }
            at = token->end;
        }
        REQUIRE(at == body.size());
        static_cast<void>(find_regions(body));
    }
}
