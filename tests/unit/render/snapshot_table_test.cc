#include "worker/render/snapshot_table.h"

#include "tests/support/catch.h"
#include "tests/unit/render/issues.h"
#include "worker/render/storage_format.h"

using namespace pagepress;
using namespace pagepress::worker;
using test::issue_with;

namespace {

constexpr std::string_view kJira = "https://acme.atlassian.net";
constexpr UnixMillis kTakenAt = 1'795'249'859'999;  // 2026-11-21 08:30:59.999 UTC

SnapshotLevel level(std::vector<std::string> columns, std::string title = "") {
    return {.title = std::move(title), .jql = "project = PROJ", .columns = std::move(columns)};
}

SearchResult result_of(std::vector<Issue> issues) {
    SearchResult result;
    if (!issues.empty()) result.names = issues.front().names;
    result.issues = std::move(issues);
    return result;
}

std::string status_of(std::string_view key, std::string_view colour) {
    std::string fields = R"({"status":{"name":"A & B","statusCategory":{"key":")";
    fields.append(key).append(R"(","colorName":")").append(colour).append("\"}}}");
    const auto issue = issue_with(fields);
    const std::string body =
        render_snapshot_table(level({"status"}), result_of({issue}), kJira, kTakenAt);
    const std::string_view mark = "\"colour\">";
    const std::size_t begin = body.find(mark) + mark.size();
    return body.substr(begin, body.find('<', begin) - begin);
}

}  // namespace

TEST_CASE("A snapshot is a table with a row per issue", "[snapshot_table]") {
    const Issue first = issue_with(
        R"({"summary":"a < b","duedate":"2026-11-02","created":"2026-11-03T09:00:00.000+0100",
            "assignee":{"displayName":"Ada"},
            "status":{"name":"Done","statusCategory":{"key":"done","colorName":"green"}}})",
        R"({"summary":"Summary","duedate":"Due date","created":"Created","assignee":"Assignee",
            "status":"Status"})"
    );
    const auto columns =
        level({"Key", "summary", "status", "Due date", "created", "Assignee"}, "Q&A");
    const std::string body =
        render_snapshot_table(columns, result_of({first}), "https://acme/a\"b", kTakenAt);
    CHECK(
        body ==
        "<h3>Q&amp;A</h3><table><tbody><tr><th><p>Key</p></th><th><p>Summary</p></th>"
        "<th><p>Status</p></th><th><p>Due date</p></th><th><p>Created</p></th>"
        "<th><p>Assignee</p></th></tr><tr>"
        "<td><p><a href=\"https://acme/a&quot;b/browse/PROJ-42\">PROJ-42</a></p></td>"
        "<td><p>a &lt; b</p></td>"
        "<td><p><ac:structured-macro ac:name=\"status\" ac:schema-version=\"1\">"
        "<ac:parameter ac:name=\"title\">Done</ac:parameter>"
        "<ac:parameter ac:name=\"colour\">Green</ac:parameter></ac:structured-macro></p></td>"
        "<td><p><time datetime=\"2026-11-02\" /></p></td>"
        "<td><p><time datetime=\"2026-11-03\" /> 08:00 UTC</p></td>"
        "<td><p>Ada</p></td></tr></tbody></table>"
        "<p>Taken at 2026-11-21 08:30 UTC · 1 issue</p>"
    );
    CHECK(check_storage_format(body).has_value());
}

TEST_CASE("Every field of the fixtures' nastiest issue fits into a table", "[snapshot_table]") {
    const Issue issue = test::issue_of_all_field_types();
    std::vector<std::string> columns{"Key"};
    for (const auto& [id, value] : issue.fields) columns.emplace_back(id);
    for (const auto& [id, label] : issue.names) columns.push_back(label);
    const std::string body = render_snapshot_table(
        level(columns, kJira.data()), result_of({issue, issue}), kJira, kTakenAt
    );
    const auto checked = check_storage_format(body);
    INFO((checked ? "" : checked.error().message));
    CHECK(checked.has_value());
    CHECK(body.find("· 2 issues") != std::string::npos);
}

TEST_CASE("A status is coloured by its category", "[snapshot_table]") {
    CHECK(status_of("new", "blue-gray") == "Grey");
    CHECK(status_of("indeterminate", "yellow") == "Blue");
    CHECK(status_of("done", "green") == "Green");
    CHECK(status_of("one-day", "warm-red") == "Red");
    CHECK(status_of("one-day", "yellow") == "Yellow");
    CHECK(status_of("undefined", "") == "Grey");
}

TEST_CASE("A search without a match says so", "[snapshot_table]") {
    const std::string body = render_snapshot_table(level({"Key"}), {}, kJira, kTakenAt);
    CHECK(body == "<p>No issues matched.</p><p>Taken at 2026-11-21 08:30 UTC · 0 issues</p>");
}

TEST_CASE("A column whose field is gone is left out unless none is left", "[snapshot_table]") {
    const Issue issue = issue_with(R"({"summary":"S"})", R"({"summary":"Zusammenfassung"})");
    const auto head = [&](std::vector<std::string> columns) {
        const std::string body =
            render_snapshot_table(level(std::move(columns)), result_of({issue}), kJira, kTakenAt);
        return body.substr(0, body.find("</tr>"));
    };
    CHECK(
        head({"customfield_9", "summary", "Gone"}) ==
        "<table><tbody><tr><th><p>Zusammenfassung</p></th>"
    );
    const std::string both = "<table><tbody><tr><th><p>Key</p></th><th><p>Zusammenfassung</p></th>";
    CHECK(head({"customfield_9", "Gone"}) == both);
    CHECK(head({}) == both);
}

TEST_CASE("Text that looks like a date stays text in a summary", "[snapshot_table]") {
    const Issue issue = issue_with(R"({"summary":"2026-11-02"})");
    const std::string body =
        render_snapshot_table(level({"summary"}), result_of({issue}), kJira, kTakenAt);
    CHECK(body.find("<td><p>2026-11-02</p></td>") != std::string::npos);
}

TEST_CASE("Jira is asked for the fields of the columns", "[snapshot_table]") {
    using Fields = std::vector<std::string>;
    CHECK(
        fields_of_columns(level({"Key", "StatusObject", "status", "customfield_10", "lastViewed"})
        ) == Fields{"summary", "status", "customfield_10", "lastViewed"}
    );
    CHECK(fields_of_columns(level({})) == Fields{"summary"});
    CHECK(fields_of_columns(level({"Key", "Story Points"})) == Fields{"*all"});
    CHECK(fields_of_columns(level({"customfield_"})) == Fields{"*all"});
    CHECK(fields_of_columns(level({"customfield_1x"})) == Fields{"*all"});
}
