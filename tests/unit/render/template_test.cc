#include "worker/render/template.h"

#include "tests/support/catch.h"
#include "tests/unit/render/issues.h"
#include "worker/render/storage_format.h"

using namespace pagepress;
using namespace pagepress::worker;
using test::issue_with;

namespace {

Result<std::string> rendered(
    std::string_view text,
    const Issue& issue,
    TemplateForm form = TemplateForm::kStorage,
    UnknownPlaceholder unknown = UnknownPlaceholder::kEmpty
) {
    auto compiled = Template::compile(text, form);
    if (!compiled) return std::unexpected(compiled.error());
    return compiled->render(issue, unknown);
}

Issue issue_with_summary(std::string_view summary) {
    Issue issue =
        issue_with("{}", R"({"customfield_1":"R&D lead","customfield_2":"Story Points"})");
    issue.fields["summary"] = summary;
    issue.fields["customfield_1"] = "Ada";
    issue.fields["customfield_2"] = 5.0;
    return issue;
}

bool contains(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

const std::string kNasty = "<b>&\"'\r\n]]> \x01 é中😀 -->";

}  // namespace

TEST_CASE("All three spellings of a placeholder are filled in", "[template]") {
    const Issue issue = issue_with_summary("Fix");
    CHECK(rendered("<p>$#Key: $#{Summary} ${Key}</p>", issue) == "<p>PROJ-42: Fix PROJ-42</p>");
    CHECK(rendered("$#Key$#Key.$#summary", issue) == "PROJ-42PROJ-42.Fix");
    CHECK(rendered("$#{Story Points} $#{customfield_2}", issue) == "5 5");
    CHECK(rendered("$#{ Story&nbsp;\n Points } $#{R&amp;D lead}", issue) == "5 Ada");
}

TEST_CASE("A dollar that begins no placeholder stays", "[template]") {
    const Issue issue = issue_with_summary("Fix");
    for (const std::string text :
         {"$",
          "$#",
          "$$",
          "$# Key",
          "5$ and $5",
          "$Key",
          "$#-",
          "#{Key}",
          "${}",
          "$#{ }",
          "a$#."}) {
        CHECK(rendered(text, issue) == text);
    }
    CHECK(rendered("$$#Key$", issue) == "$PROJ-42$");
}

TEST_CASE("A value is escaped as its place asks", "[template]") {
    const Issue issue = issue_with_summary("a<b>&\"\n]]>");
    CHECK(rendered("<p>$#Summary</p>", issue) == "<p>a&lt;b&gt;&amp;&quot;<br />]]&gt;</p>");
    CHECK(
        rendered("<a title='$#Summary'>x</a>", issue) ==
        "<a title='a&lt;b&gt;&amp;&quot; ]]&gt;'>x</a>"
    );
    CHECK(
        rendered("<ac:parameter ac:name=\"title\">$#Summary</ac:parameter>$#Summary", issue) ==
        "<ac:parameter ac:name=\"title\">a&lt;b&gt;&amp;&quot; ]]&gt;</ac:parameter>"
        "a&lt;b&gt;&amp;&quot;<br />]]&gt;"
    );
    CHECK(rendered("<![CDATA[$#Summary]]>", issue) == "<![CDATA[a<b>&\"\n]]]]><![CDATA[>]]>");
}

TEST_CASE("An apostrophe cannot leave an attribute in single quotes", "[template]") {
    const auto body = rendered("<p title='$#Summary'>x</p>", issue_with_summary("it's <>"));
    REQUIRE(body.has_value());
    CHECK(check_storage_format(*body).has_value());
}

TEST_CASE("No value breaks the markup around it", "[template]") {
    const std::string text =
        "<p title=\"$#Summary\" id='$#{Summary}'>$#Summary<strong>${Summary}</strong></p>"
        "<!-- $#Summary --><ac:structured-macro ac:name=\"code\"><ac:parameter "
        "ac:name=\"title\">$#Summary</ac:parameter><ac:plain-text-body>"
        "<![CDATA[$#Summary$#Summary>]$#Summary]]></ac:plain-text-body></ac:structured-macro>"
        "<ac:link><ri:page ri:content-title=\"$#Summary\" /></ac:link>";
    for (const std::string& value :
         {kNasty, std::string("]]"), std::string("]"), std::string(">"), std::string("\xFF\xFE")}) {
        const auto body = rendered(text, issue_with_summary(value));
        REQUIRE(body.has_value());
        INFO(*body);
        CHECK(check_storage_format(*body).has_value());
    }
}

TEST_CASE("Every field of the fixtures' nastiest issue renders to storage format", "[template]") {
    const Issue issue = test::issue_of_all_field_types();
    std::string text;
    for (const auto& [id, value] : issue.fields) {
        const std::string name = "$#{" + std::string(id) + "}";
        text += "<p title=\"" + name + "\">" + name + "</p><ac:plain-text-body><![CDATA[" + name +
                "]]></ac:plain-text-body>";
    }
    const auto body = rendered(text, issue, TemplateForm::kStorage, UnknownPlaceholder::kFail);
    REQUIRE(body.has_value());
    CHECK(check_storage_format(*body).has_value());
    CHECK(contains(*body, "Steps &lt;1&gt; &amp; &quot;2&quot;<br />"));
}

TEST_CASE("An unknown field is left empty, kept or refused", "[template]") {
    const Issue issue = issue_with_summary("Fix");
    const std::string text = "<p>a$#{Sumary}b$#Foo $#Summary</p>";
    const auto form = TemplateForm::kStorage;
    CHECK(rendered(text, issue, form, UnknownPlaceholder::kEmpty) == "<p>ab Fix</p>");
    CHECK(rendered(text, issue, form, UnknownPlaceholder::kKeep) == "<p>a$#{Sumary}b$#Foo Fix</p>");
    const auto refused = rendered(text, issue, form, UnknownPlaceholder::kFail);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == ErrorCode::kInvalidInput);
    CHECK(contains(refused.error().message, "Sumary, Foo"));
    CHECK(rendered("$#Assignee", issue, form, UnknownPlaceholder::kFail) == "");
}

TEST_CASE("A placeholder that is not closed is refused with its place", "[template]") {
    const auto place = [](std::string_view text, TemplateForm form) {
        const auto compiled = Template::compile(text, form);
        REQUIRE_FALSE(compiled.has_value());
        CHECK(compiled.error().code == ErrorCode::kInvalidInput);
        return compiled.error().message;
    };
    CHECK(contains(place("<p>\né $#{Summary</p>", TemplateForm::kStorage), "row 2, column 3"));
    CHECK(contains(place("${Key", TemplateForm::kTitle), "row 1, column 1"));
    CHECK(contains(place("<p>${Key</p><p>}</p>", TemplateForm::kStorage), "row 1, column 4"));
    CHECK(contains(place("<a b=\"${Key\">}</a>", TemplateForm::kStorage), "row 1, column 7"));
    CHECK(contains(place("<p>$#{a ${Key}</p>", TemplateForm::kStorage), "row 1, column 4"));
}

TEST_CASE("A placeholder that the editor formatted in part still works", "[template]") {
    const Issue issue = issue_with_summary("Fix");
    const auto form = TemplateForm::kStorage;
    CHECK(
        rendered("<p>$#{<strong>Sum</strong>mary}!</p>", issue) == "<p>Fix<strong></strong>!</p>"
    );
    CHECK(rendered("<p><em>$#{Sum</em>mary}</p>", issue) == "<p><em>Fix</em></p>");
    CHECK(
        rendered("<p>$#{<em><u>Foo</u></em>}</p>", issue, form, UnknownPlaceholder::kKeep) ==
        "<p>$#{<em><u>Foo</u></em>}</p>"
    );
}

TEST_CASE("Placeholders in tags and comments are not touched", "[template]") {
    const Issue issue = issue_with_summary("--><x>");
    CHECK(
        rendered("<!-- $#Summary ${open --><?x $#Key?>", issue) ==
        "<!-- $#Summary ${open --><?x $#Key?>"
    );
}

TEST_CASE("A template that renders to broken XML is reported with row and column", "[template]") {
    const auto body = rendered("<p>$#Summary</p>\n<p>$#Key<br></p>", issue_with_summary("a & b"));
    REQUIRE(body.has_value());
    const auto checked = check_storage_format(*body);
    REQUIRE_FALSE(checked.has_value());
    CHECK(contains(checked.error().message, "row 2, column 19: <br> of row 2 is closed by </p>"));
}

TEST_CASE("A body that grows beyond a page's limit is given up at once", "[template]") {
    const Issue issue = issue_with_summary(std::string(1'000'000, 'x'));
    std::string many = "<p>";
    for (int i = 0; i < 1000; ++i) many += "${Summary}";
    const auto body = rendered(many, issue);
    REQUIRE_FALSE(body);
    CHECK(body.error().code == ErrorCode::kTooLarge);
    CHECK(contains(body.error().message, "more than 5242880 bytes"));
}

TEST_CASE("A title is one line of plain text", "[template]") {
    const auto form = TemplateForm::kTitle;
    CHECK(
        rendered("  $#Key:\n $#{Summary}\x7F ", issue_with_summary(kNasty), form) ==
        "PROJ-42: <b>&\"' ]]> é中😀 -->"
    );
    CHECK(rendered("a\u00A0\u2028b\u0085", issue_with_summary(""), form) == "a b");
}

TEST_CASE("A title must not be empty nor over 255 characters", "[template]") {
    const auto form = TemplateForm::kTitle;
    std::string longest;
    for (int i = 0; i < 255; ++i) longest += "é";
    CHECK(rendered("$#Summary", issue_with_summary(longest), form) == longest);
    for (const std::string& summary : {longest + "x", std::string(), std::string(" \n\x01")}) {
        const auto title = rendered("$#Summary", issue_with_summary(summary), form);
        REQUIRE_FALSE(title.has_value());
        CHECK(title.error().code == ErrorCode::kInvalidInput);
    }
}
