#include "tests/support/fake_atlassian/jira_seed.h"

#include <array>
#include <string_view>

#include <boost/json/array.hpp>
#include <fmt/format.h>

#include "common/base/invariant.h"
#include "common/json/json_value.h"
#include "tests/support/fake_atlassian/jira_fields.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

template <std::size_t kSize>
std::string_view pick(const std::array<std::string_view, kSize>& from, int number) {
    return from[static_cast<std::size_t>(number) % kSize];
}

constexpr std::array<std::string_view, 12> kSubjects = {
    "Login page shows a blank screen after timeout",
    "Export of invoices to CSV loses umlauts (ä, ö, ü)",
    "Add dark mode to the dashboard",
    "Payments & refunds: <amount> is rounded twice",
    "Upgrade the message broker",
    "\"Remember me\" is forgotten at midnight",
    "Search results jump while typing",
    "Write the runbook for the on-call team",
    "Rate limit of the public API is too strict",
    "E-mail template breaks on long names — 中文 too 😀",
    "Archive closed projects automatically",
    "Faster cold start of the mobile app",
};
constexpr std::array<std::string_view, 5> kTypes = {"Task", "Bug", "Story", "Epic", "Sub-task"};
constexpr std::array<std::string_view, 4> kStatuses = {"To Do", "In Progress", "In Review", "Done"};
constexpr std::array<std::string_view, 5> kPriorities = {
    "Highest", "High", "Medium", "Low", "Lowest"};
constexpr std::array<std::string_view, 6> kPeople = {
    "Ada Lovelace",
    "Grace Hopper",
    "Edsger Dijkstra",
    "Barbara Liskov",
    "Ken Thompson",
    "Zoë Ångström"};
constexpr std::array<std::string_view, 6> kLabels = {
    "auth", "billing", "mobile", "q4", "tech-debt", "customer"};
constexpr std::array<std::string_view, 4> kComponents = {"Web", "API", "Mobile", "Infrastructure"};

// A description with the node types and marks of the Atlassian Document Format that people use.
constexpr std::string_view kRichText = R"({"type":"doc","version":1,"content":[
{"type":"heading","attrs":{"level":2},"content":[{"type":"text","text":"Steps <1> & \"2\""}]},
{"type":"paragraph","content":[{"type":"text","text":"Bold","marks":[{"type":"strong"}]},
 {"type":"text","text":" "},{"type":"text","text":"em","marks":[{"type":"em"}]},
 {"type":"text","text":" "},{"type":"text","text":"a<b && c","marks":[{"type":"code"}]},
 {"type":"text","text":" "},{"type":"text","text":"link","marks":[{"type":"link",
 "attrs":{"href":"https://example.com/?a=1&b=2"}}]},
 {"type":"hardBreak"},{"type":"text","text":"red","marks":[{"type":"textColor",
 "attrs":{"color":"#ff5630"}}]}]},
{"type":"paragraph","content":[{"type":"mention","attrs":{"id":"712020:0000-1","text":"@Ada"}},
 {"type":"text","text":" "},{"type":"emoji","attrs":{"shortName":":warning:","id":"26a0",
 "text":"⚠️"}},
 {"type":"text","text":" "},{"type":"date","attrs":{"timestamp":"1767225600000"}},
 {"type":"text","text":" "},{"type":"status","attrs":{"text":"IN REVIEW","color":"yellow",
 "localId":"s-1"}},
 {"type":"text","text":" "},{"type":"inlineCard",
 "attrs":{"url":"https://example.atlassian.net/browse/DEMO-2"}}]},
{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"paragraph","content":[
 {"type":"text","text":"one"}]},
 {"type":"orderedList","attrs":{"order":3},"content":[{"type":"listItem","content":[
 {"type":"paragraph","content":[{"type":"text","text":"three"}]}]}]}]}]},
{"type":"taskList","attrs":{"localId":"tl-1"},"content":[{"type":"taskItem",
 "attrs":{"localId":"ti-1","state":"DONE"},"content":[{"type":"text","text":"done"}]}]},
{"type":"codeBlock","attrs":{"language":"cpp"},"content":[{"type":"text",
 "text":"if (a && b) { out << \"]]>\"; }\n"}]},
{"type":"panel","attrs":{"panelType":"warning"},"content":[{"type":"paragraph","content":[
 {"type":"text","text":"Mind the gap"}]}]},
{"type":"rule"},
{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","attrs":{},
 "content":[{"type":"paragraph","content":[{"type":"text","text":"h"}]}]}]},
 {"type":"tableRow","content":[{"type":"tableCell","attrs":{"colspan":1},"content":[
 {"type":"paragraph","content":[{"type":"text","text":"c"}]}]}]}]},
{"type":"futureNode","attrs":{"unknown":true},"content":[{"type":"text",
 "text":"from a later version"}]},
{"type":"paragraph","content":[]}]})";

json::array options(std::initializer_list<std::pair<std::string_view, std::string_view>> items) {
    json::array array;
    for (const auto& [id, text] : items) array.push_back(option_value(id, text));
    return array;
}

json::object component(std::string_view name) {
    return {
        {"self", "https://example.atlassian.net/rest/api/3/component/10010"},
        {"id", "10010"},
        {"name", name}};
}

json::object group(std::string_view name) {
    return {
        {"name", name},
        {"groupId", "276f955c-63d7-42c8-9520-92d01dca0625"},
        {"self", "https://example.atlassian.net/rest/api/3/group?groupId=276f955c"}};
}

json::array sprints(int number) {
    json::array array;
    for (const bool active : {false, true}) {
        const int sprint = number % 5 + (active ? 7 : 6);
        array.push_back(json::object{
            {"id", 36 + sprint},
            {"name", fmt::format("Sprint {}, part {}", sprint, number % 2)},
            {"state", active ? "active" : "closed"},
            {"boardId", 3},
            {"goal", active ? "Ship it" : ""},
            {"startDate", "2026-09-22T08:00:00.000Z"},
            {"endDate", "2026-10-06T08:00:00.000Z"}});
    }
    return array;
}

void add_people_and_times(json::object& fields, int number) {
    fields["assignee"] = number % 6 == 5 ? json::value(nullptr) : user_value(pick(kPeople, number));
    fields["reporter"] = user_value(pick(kPeople, number + 1));
    fields["creator"] = user_value(pick(kPeople, number + 1));
    fields["duedate"] = number % 3 == 0
                            ? json::value(nullptr)
                            : json::value(fmt::format("2026-12-{:02}", number % 28 + 1));
    const bool done = number % 4 == 3;
    fields["resolution"] =
        done ? json::value(json::object{{"id", "10000"}, {"name", "Done"}}) : json::value(nullptr);
    fields["resolutiondate"] = done ? json::value("2026-10-01T10:00:00.000+0000") : nullptr;
    fields["timetracking"] = json::object{
        {"originalEstimate", "1d"}, {"remainingEstimate", "4h"}, {"timeSpentSeconds", 14'400}};
    fields["timeestimate"] = 14'400;
    fields["timespent"] = 3'600 * (number % 9);
    fields["progress"] = json::object{{"progress", 50}, {"total", 100}, {"percent", 50}};
    fields["votes"] = json::object{{"votes", number % 4}, {"hasVoted", false}};
    fields["watches"] = json::object{{"watchCount", number % 7}, {"isWatching", true}};
}

void add_collections(json::object& fields, const std::string& project, int number) {
    json::array labels;
    for (int i = 0; i < number % 3; ++i) labels.emplace_back(pick(kLabels, number + i));
    fields["labels"] = std::move(labels);
    fields["components"] = json::array{component(pick(kComponents, number))};
    fields["fixVersions"] =
        json::array{version_value("10100", "2.1"), version_value("10101", "3.0")};
    fields["versions"] = json::array{version_value("10099", "2.0")};
    fields["attachment"] = json::array();
    fields["subtasks"] = json::array();
    fields["security"] = nullptr;
    fields["worklog"] =
        json::object{{"startAt", 0}, {"maxResults", 20}, {"total", 0}, {"worklogs", json::array()}};
    json::object comment{
        {"id", std::to_string(30'000 + number)},
        {"author", user_value(pick(kPeople, number))},
        {"body", adf_value("Looks good to me.")},
        {"created", "2026-09-03T10:00:00.000+0000"}};
    fields["comment"] = json::object{
        {"comments", json::array{std::move(comment)}},
        {"maxResults", 1},
        {"total", 1},
        {"startAt", 0}};
    json::object other{
        {"id", "10002"},
        {"key", project + "-2"},
        {"fields", json::object{{"summary", "Other"}, {"status", status_value("To Do")}}}};
    json::object link{
        {"id", std::to_string(20'000 + number)},
        {"type",
         json::object{{"name", "Blocks"}, {"inward", "is blocked by"}, {"outward", "blocks"}}},
        {"outwardIssue", other}};
    fields["issuelinks"] = json::array{std::move(link)};
    if (number % 5 != 3) fields["parent"] = std::move(other);
}

void add_custom_choices(json::object& fields, int number) {
    json::object region = option_value("20130", "Europe");
    region["child"] = option_value("20131", "Berlin");
    fields["customfield_10035"] = option_value("20001", number % 2 == 0 ? "Blog" : "Podcast");
    fields["customfield_10036"] = options({{"20101", "iOS"}, {"20102", "Web"}});
    fields["customfield_10037"] = options({{"20110", "one"}});
    fields["customfield_10038"] = option_value("20120", "radio seven");
    fields["customfield_10039"] = std::move(region);
    fields["customfield_10040"] = option_value("20130", "Europe");
    fields["customfield_10041"] = user_value(pick(kPeople, number + 2));
    fields["customfield_10042"] =
        json::array{user_value(pick(kPeople, number)), user_value(pick(kPeople, number + 3))};
    fields["customfield_10043"] = group("jira-users");
    fields["customfield_10044"] = json::array{group("jira-users"), group("developers")};
    fields["customfield_10045"] = version_value("10100", "2.1");
    fields["customfield_10046"] =
        json::array{version_value("10100", "2.1"), version_value("10099", "2.0")};
    fields["customfield_10047"] =
        json::object{{"id", "10001"}, {"key", "OTHER"}, {"name", "Other"}};
    fields["customfield_10021"] =
        number % 7 == 0 ? json::value(options({{"10019", "Impediment"}})) : json::value(nullptr);
}

void add_custom_values(json::object& fields, const std::string& project, int number) {
    fields["customfield_10000"] = "{}";
    fields["customfield_10001"] = json::object{
        {"id", "36885b3c-1bf0-4f85-a357-c5b858c31de4"},
        {"name", "Platform"},
        {"title", "Platform"}};
    fields["customfield_10014"] = project + "-4";
    fields["customfield_10016"] = static_cast<double>(number % 8 + 1);
    fields["customfield_10019"] = fmt::format("0|i{:05}:", number);
    fields["customfield_10020"] = sprints(number);
    fields["customfield_10030"] = fmt::format("plain <text> & more {}", number);
    fields["customfield_10031"] = adf_value("A paragraph of text.\nAnd a second one.");
    fields["customfield_10032"] = number % 2 == 0 ? 5.0 : 12.5;
    fields["customfield_10033"] = fmt::format("2026-11-{:02}", number % 28 + 1);
    fields["customfield_10034"] = "2026-11-03T09:00:00.000+0100";
    fields["customfield_10048"] = "https://docs.example.com/b?x=1&y=2";
    fields["customfield_10049"] = json::array{"launch", "q4"};
    fields["customfield_10050"] = "ro";
    fields["customfield_10051"] = 77.0;
    fields["customfield_10052"] = json::array{json::object{{"id", "1"}, {"name", "Charlie Cakes"}}};
    fields["customfield_10053"] = json::object{
        {"requestType", json::object{{"id", "11"}, {"name", "Get IT help"}}},
        {"currentStatus", json::object{{"status", "Waiting for support"}}}};
    fields["customfield_10054"] = json::object{
        {"id", "1"},
        {"name", "Time to first response"},
        {"ongoingCycle",
         json::object{
             {"breached", false},
             {"remainingTime", json::object{{"millis", 14'400'000}, {"friendly", "4h"}}}}}};
    fields["customfield_10098"] = json::array();
    fields["customfield_10099"] = nullptr;
}

}  // namespace

json::object seed_fields(const std::string& project, int number) {
    json::object fields;
    fields["summary"] = pick(kSubjects, number - 1);
    fields["issuetype"] = pick(kTypes, number);
    fields["status"] = pick(kStatuses, number);
    fields["priority"] = pick(kPriorities, number);
    fields["environment"] = nullptr;
    if (number % 4 == 1) {
        const auto rich = parse_json(kRichText, "the seed description");
        INVARIANT(rich.has_value());
        fields["description"] = *rich;
    } else {
        fields["description"] = fmt::format("What should happen, and why.\nCase {}.", number);
    }
    add_people_and_times(fields, number);
    add_collections(fields, project, number);
    add_custom_choices(fields, number);
    add_custom_values(fields, project, number);
    return fields;
}

void seed_issues(JiraModel& jira, const std::string& project, int count) {
    for (int number = 1; number <= count; ++number) {
        jira.add_issue(project, seed_fields(project, number));
    }
}

}  // namespace pagepress::test
