#include "worker/render/field_values.h"

#include "tests/support/catch.h"
#include "tests/unit/render/issues.h"

using namespace pagepress;
using namespace pagepress::worker;
using test::issue_with;

namespace {

std::optional<std::string> text(const Issue& issue, std::string_view name) {
    const auto path = resolve_field(name, issue.names, std::span(&issue, 1));
    if (!path) return std::nullopt;
    return field_text(issue, *path);
}

std::string value(std::string_view json) {
    return value_text(boost::json::parse(json));
}

}  // namespace

TEST_CASE("Users of Data Center have keys for ids", "[field_values]") {
    const Issue issue =
        issue_with(R"({"assignee":{"name":"ada","key":"JIRAUSER10100","displayName":"Ada"}})");
    CHECK(text(issue, "Assignee") == "Ada");
    CHECK(text(issue, "AssigneeId") == "JIRAUSER10100");
}

TEST_CASE("AutoPage's names lead to the fields of an issue", "[field_values]") {
    const Issue issue = test::issue_of_all_field_types();
    const std::vector<std::pair<std::string, std::string>> expected{
        {"Key", "PROJ-123"},
        {"Id", "10042"},
        {"Number", "123"},
        {"Summary", "Fix login <b>&\u00A0\"quotes\" 'and' ]]> — é中😀"},
        {"Assignee", "Ada"},
        {"AssigneeId", "712020:0000-1"},
        {"Reporter", "Grace"},
        {"Creator", "Grace"},
        {"Created", "2026-09-01 10:00 UTC"},
        {"Updated", "2026-09-30 12:00 UTC"},
        {"DueDate", "2026-10-15"},
        {"FixVersions", "2.1"},
        {"AffectedVersions", "2.0"},
        {"ComponentObjects", "Web"},
        {"Environment", ""},
        {"IssueTypeObject", "Bug"},
        {"StatusObject", "In Progress"},
        {"PriorityObject", "High"},
        {"ResolutionObject", ""},
        {"ResolutionDate", ""},
        {"Labels", "auth"},
        {"ProjectObject", "Project"},
        {"ParentObject", "PROJ-100"},
        {"ParentId", "10001"},
        {"SubTaskObjects", "PROJ-124"},
        {"SecurityLevelId", ""},
        {"Votes", "0"},
        {"Watches", "2"},
    };
    for (const auto& [name, wanted] : expected) {
        INFO(name);
        CHECK(text(issue, name).value_or("unknown") == wanted);
    }
}

TEST_CASE("Custom fields of every type have a text", "[field_values]") {
    const Issue issue = test::issue_of_all_field_types();
    const std::vector<std::pair<std::string, std::string>> expected{
        {"Text (single line)", "plain <text> & more"},
        {"Number", "5"},
        {"customfield_10032", "5"},
        {"Date", "2026-11-02"},
        {"Date time", "2026-11-03 08:00 UTC"},
        {"Select", "Blog"},
        {"Multi select", "iOS, Web"},
        {"Cascading", "Europe - Berlin"},
        {"Cascading parent only", "Europe"},
        {"User", "Ada"},
        {"Group", "jira-users"},
        {"Versions", "2.1, 2.0"},
        {"Project", "Other"},
        {"URL", "https://docs.example.com/b?x=1&y=2"},
        {"Sprint", "Sprint 6, Sprint 7"},
        {"Rank", "0|i000v8:"},
        {"Epic Link", "PROJ-100"},
        {"Flagged", "Impediment"},
        {"Team", "Platform"},
        {"Organizations", "Charlie Cakes"},
        {"Request Type", "Get IT help"},
        {"Time to first response", "Time to first response"},
        {"Empty array", ""},
        {"Null", ""},
        {"issuelinks", "blocks PROJ-130, is blocked by PROJ-131"},
        {"attachment", "x.png"},
    };
    for (const auto& [name, wanted] : expected) {
        INFO(name);
        CHECK(text(issue, name) == (name == "Number" ? "123" : wanted));
    }
}

TEST_CASE("An unknown name is not an empty value", "[field_values]") {
    const Issue issue = issue_with(R"({"customfield_2":null})", R"({"customfield_3":"Known"})");
    CHECK(text(issue, "Assignee") == "");
    CHECK(text(issue, "customfield_2") == "");
    CHECK(text(issue, "customfield_3") == "");
    CHECK(text(issue, "Known") == "");
    CHECK_FALSE(text(issue, "customfield_4").has_value());
    CHECK_FALSE(text(issue, "known").has_value());
    CHECK_FALSE(text(issue, "key ").has_value());
    CHECK_FALSE(text(issue, "TimeSpent").has_value());
    CHECK_FALSE(text(issue, "").has_value());
}

TEST_CASE(
    "Of several fields with one label the one that holds something counts", "[field_values]"
) {
    const Issue issue = issue_with(
        R"({"customfield_1":null,"customfield_2":[],"customfield_3":8})",
        R"({"customfield_1":"Points","customfield_2":"Points","customfield_3":"Points"})"
    );
    CHECK(text(issue, "Points") == "8");
}

TEST_CASE("Numbers have no needless digits", "[field_values]") {
    CHECK(value("5.0") == "5");
    CHECK(value("-0.0") == "0");
    CHECK(value("0.1") == "0.1");
    CHECK(value("1e21") == "1000000000000000000000");
    CHECK(value("18446744073709551615") == "18446744073709551615");
    CHECK(value("1.7976931348623157e308").size() == 309);
    CHECK(value("5e-324").size() < 400);
}

TEST_CASE("Instants are shown in UTC, dates and other texts as they are", "[field_values]") {
    CHECK(value(R"("2026-11-03T00:30:00.000+0100")") == "2026-11-02 23:30 UTC");
    CHECK(value(R"("2026-12-31T23:30:59.9-05:30")") == "2027-01-01 05:00 UTC");
    CHECK(value(R"("2024-02-29T08:00:00Z")") == "2024-02-29 08:00 UTC");
    for (const std::string same :
         {"2026-11-03",
          "2026-13-03",
          "2025-02-29",
          "2026-11-03T25:00:00Z",
          "2026-11-03T08:00:00",
          "2026-11-03 is when",
          "-026-11-03",
          "20261103",
          "2026-11-"}) {
        CHECK(value("\"" + same + "\"") == same);
    }
}

TEST_CASE("Sprints of Data Center are shown by name", "[field_values]") {
    CHECK(
        value(R"(["com.atlassian.greenhopper.service.sprint.Sprint@1f[id=42,rapidViewId=3,)"
              R"(state=ACTIVE,name=Sprint 7, with comma,startDate=2026-09-22T08:00:00.000Z,)"
              R"(completeDate=<null>,sequence=42]"])") == "Sprint 7, with comma"
    );
    CHECK(value(R"("com.atlassian.greenhopper.service.sprint.Sprint@1f[name=Last]")") == "Last");
    CHECK(value(R"("com.atlassian.greenhopper.service.sprint.Sprint@1f[id=1]")").ends_with("[id=1]")
    );
}

TEST_CASE("A value of an unknown shape is shown as JSON rather than dropped", "[field_values]") {
    CHECK(value(R"({"new":{"deep":1}})") == R"({"new":{"deep":1}})");
    CHECK(value("{}").empty());
    CHECK(value(R"([null,"",[],"a",true])") == "a, true");
}

TEST_CASE("A document becomes text, block by block", "[field_values]") {
    const std::string document = R"({"type":"doc","version":1,"content":[
        {"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Title"}]},
        {"type":"paragraph","content":[
            {"type":"text","text":"see ","marks":[{"type":"strong"}]},
            {"type":"text","text":"docs","marks":[{"type":"link",
             "attrs":{"href":"https://x.y/z"}}]},
            {"type":"hardBreak"},
            {"type":"mention","attrs":{"id":"1","text":"@Ada"}},
            {"type":"text","text":" "},
            {"type":"emoji","attrs":{"shortName":":smile:","text":"😀"}},
            {"type":"status","attrs":{"text":"DONE"}},
            {"type":"date","attrs":{"timestamp":"1793577600000"}},
            {"type":"inlineCard","attrs":{"url":"https://acme/browse/A-1"}}]},
        {"type":"bulletList","content":[
            {"type":"listItem","content":[
                {"type":"paragraph","content":[{"type":"text","text":"one"}]},
                {"type":"bulletList","content":[{"type":"listItem","content":[
                    {"type":"paragraph","content":[{"type":"text","text":"deep"}]}]}]}]}]},
        {"type":"paragraph","content":[]},
        {"type":"table","content":[{"type":"tableRow","content":[
            {"type":"tableHeader","content":[{"type":"paragraph","content":[
                {"type":"text","text":"h"}]}]},
            {"type":"tableCell","content":[{"type":"paragraph","content":[
                {"type":"text","text":"c"}]}]}]}]},
        {"type":"mediaSingle","content":[{"type":"media","attrs":{"id":"7","alt":"x.png"}}]},
        {"type":"shinyNewBlock","content":[{"type":"text","text":"inside"}]},
        {"type":"shinyNewLeaf"},
        {"type":"expand","attrs":{"title":"More"},"content":[
            {"type":"paragraph","content":[{"type":"text","text":"hidden"}]}]},
        {"type":"rule"}]})";
    CHECK(
        value(document) ==
        "Title\nsee docs (https://x.y/z)\n@Ada 😀DONE2026-11-02https://acme/browse/A-1\n"
        "- one\n- deep\nh | c\nx.png\ninside\n[shinyNewLeaf]\nMore\nhidden\n---"
    );
    CHECK(value(R"({"type":"doc","version":1,"content":[]})").empty());
}
