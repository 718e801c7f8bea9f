#include "worker/render/storage_format.h"

#include <thread>
#include <vector>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

std::string mistake_in(std::string_view body) {
    const auto checked = check_storage_format(body);
    if (checked) return {};
    CHECK(checked.error().code == ErrorCode::kInvalidInput);
    return checked.error().message;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("Well-formed storage format passes the check", "[storage_format]") {
    for (const std::string body :
         {"",
          "plain text",
          "<p>one</p><p>two<br /></p>",
          "<p>&nbsp;&auml;&mdash;&euro;&apos;&quot;&amp;&#8364;&#x20AC;</p>",
          "<p title=\"&nbsp;&uuml;&amp;\">x</p>",
          "<ac:link><ri:page ri:content-title=\"A &amp; B\" /></ac:link>",
          "<ac:structured-macro ac:name=\"code\"><ac:plain-text-body><![CDATA[a && b <c>]]>"
          "</ac:plain-text-body></ac:structured-macro>",
          "<!-- a comment --><hr/>",
          "<p>é中😀</p>"}) {
        INFO(body);
        CHECK(check_storage_format(body).has_value());
    }
}

TEST_CASE("A mistake is reported with its row and column in the body", "[storage_format]") {
    CHECK(contains(mistake_in("<p>a & b</p>"), "row 1, column 7: an & that begins no entity"));
    CHECK(contains(
        mistake_in("<p>ok</p>\n<p>two</q>"), "row 2, column 11: <p> of row 2 is closed by </q>"
    ));
    CHECK(contains(mistake_in("<p>\n\n<br></p>"), "<br> of row 3 is closed by </p>"));
    CHECK(contains(mistake_in("<p>one"), "row 1, column 7: <p> of row 1 is not closed"));
    CHECK(contains(mistake_in("one</p>"), "</p> closes an element that is not open"));
    CHECK(contains(mistake_in("<p>&bogus;</p>"), "bogus"));
    CHECK(contains(mistake_in("<p><x:y/></p>"), "Namespace prefix x"));
    CHECK(contains(mistake_in("<p a=1></p>"), "row 1"));
    CHECK(contains(mistake_in("<p>\x01</p>"), "row 1, column 4"));
    CHECK(contains(mistake_in(std::string("<p>a</p>\n<p>\0</p>", 17)), "row 2, column 4"));
    CHECK(contains(mistake_in("<p>\xFF</p>"), "row 1"));
    CHECK(contains(mistake_in("<p>a</p>\n<![CDATA[x"), "row 2, column 11: CData section not"));
    CHECK_FALSE(contains(mistake_in("<p><![CDATA[x</p>"), "\n"));
}

TEST_CASE("A body cannot close the root that the check puts around it", "[storage_format]") {
    CHECK_FALSE(check_storage_format("</pagepress-body>").has_value());
    CHECK_FALSE(check_storage_format("</pagepress-body><pagepress-body>").has_value());
    CHECK_FALSE(check_storage_format("</pagepress-body><!--").has_value());
}

TEST_CASE("A DOCTYPE is refused, so no entity can be defined or fetched", "[storage_format]") {
    CHECK_FALSE(check_storage_format("<!DOCTYPE x [<!ENTITY a \"b\">]><p>&a;</p>").has_value());
    CHECK_FALSE(
        check_storage_format("<!DOCTYPE x [<!ENTITY a SYSTEM \"file:///etc/passwd\">]><p>&a;</p>")
            .has_value()
    );
    std::string laughs = "<?xml version=\"1.0\"?><!DOCTYPE lolz [<!ENTITY lol0 \"lol\">";
    for (int i = 1; i < 10; ++i) {
        const std::string inner = "&lol" + std::to_string(i - 1) + ";";
        laughs += "<!ENTITY lol" + std::to_string(i) + " \"";
        for (int j = 0; j < 10; ++j) laughs += inner;
        laughs += "\">";
    }
    CHECK_FALSE(check_storage_format(laughs + "]><p>&lol9;</p>").has_value());
}

TEST_CASE("Elements nested without end are refused", "[storage_format]") {
    std::string body;
    for (int i = 0; i < 100'000; ++i) body += "<p>";
    CHECK_FALSE(check_storage_format(body).has_value());
}

TEST_CASE("A body over Confluence's limit is too large", "[storage_format]") {
    std::string body(5'242'880, 'x');
    CHECK(check_storage_format(body).has_value());
    body.push_back('x');
    const auto checked = check_storage_format(body);
    REQUIRE_FALSE(checked.has_value());
    CHECK(checked.error().code == ErrorCode::kTooLarge);
}

TEST_CASE("The check works from several threads at once", "[storage_format]") {
    std::vector<int> wrong(4);
    {
        std::vector<std::jthread> threads;
        for (int& count : wrong) {
            threads.emplace_back([&count] {
                for (int i = 0; i < 200; ++i) {
                    if (!check_storage_format("<p title=\"&uuml;\">&nbsp;</p>")) ++count;
                    if (check_storage_format("<p>&bogus;</p>")) ++count;
                }
            });
        }
    }
    CHECK(wrong == std::vector<int>(4));
}

TEST_CASE("Escaping keeps text and drops what XML forbids", "[storage_format]") {
    CHECK(xml_escaped("a<b>&\"c'") == "a&lt;b&gt;&amp;&quot;c'");
    CHECK(xml_escaped(std::string("a\0b\x01\x1F\tc", 7)) == "ab\tc");
    CHECK(xml_escaped("\xEF\xBF\xBE\xEF\xBF\xBF!") == "!");
    CHECK(xml_escaped("é中😀") == "é中😀");
    CHECK(xml_escaped("\xED\xA0\x80") == "\uFFFD\uFFFD\uFFFD");  // a lone surrogate
    CHECK(xml_escaped("\xC0\x80\xF0\x9F") == "\uFFFD\uFFFD\uFFFD\uFFFD");
    CHECK(content_escaped("a\r\nb\rc\nd") == "a<br />b<br />c<br />d");
    CHECK(line_escaped("a\r\nb\tc'") == "a b c&#39;");
}

TEST_CASE("All byte strings escape to well-formed storage format", "[storage_format]") {
    for (int first = 0; first < 256; ++first) {
        for (int second = 0; second < 256; ++second) {
            const std::string text{static_cast<char>(first), static_cast<char>(second)};
            std::string cdata = "<![CDATA[";
            append_cdata(cdata, text);
            const std::string body = "<p title=\"" + line_escaped(text) + "\">" +
                                     content_escaped(text) + cdata + "]]></p>";
            if (!check_storage_format(body)) FAIL("bytes " << first << ' ' << second);
        }
    }
}

TEST_CASE("CDATA stays one piece of text whatever is put into it", "[storage_format]") {
    for (const std::string before : {"", "]", "]]", "x]]"}) {
        for (const std::string value : {"", "]]>", "]", "]]", ">", "]>", "]]>]]>", "]]]]>>"}) {
            for (const std::string after : {"", ">", "]", "]>", ">x"}) {
                std::string body = "<![CDATA[" + before;
                append_cdata(body, value);
                append_cdata(body, value);
                body += after + "]]>";
                INFO(body);
                CHECK(check_storage_format(body).has_value());
                std::string text = body;
                for (const std::string_view mark : {"]]><![CDATA["}) {
                    for (auto at = text.find(mark); at != std::string::npos; at = text.find(mark)) {
                        text.replace(at, mark.size(), "|");
                    }
                }
                std::erase(text, '|');
                CHECK(text == "<![CDATA[" + before + value + value + after + "]]>");
            }
        }
    }
}

TEST_CASE("Unescaping resolves references and leaves what is none", "[storage_format]") {
    CHECK(xml_unescaped("R&amp;D&nbsp;&#8364;&#x20AC;&lt;") == "R&D\u00A0€€<");
    CHECK(xml_unescaped("a & b &bogus; &#; &#xZ; &") == "a & b &bogus; &#; &#xZ; &");
    CHECK(xml_unescaped("&#xD800;&#99999999;") == "\uFFFD\uFFFD");
}
