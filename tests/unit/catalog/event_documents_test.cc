// What makes a rule listen to events, and a site take them.
#include "common/catalog/documents.h"
#include "common/json/json_value.h"
#include "tests/support/catch.h"

using namespace pagepress;

namespace {

using Lines = std::vector<std::string>;

boost::json::value json_of(std::string_view text) {
    auto parsed = parse_json(text, "the test document");
    REQUIRE(parsed);
    return *std::move(parsed);
}

Checked<Rule> rule_with(std::string_view members) {
    return read_rule(
        "release",
        json_of(
            R"({"site":"acme","page":{"space":"S","title":"t","body":"b"})" + std::string(members) +
            "}"
        )
    );
}

Checked<Site> site_with(std::string_view members) {
    return read_site(
        "acme",
        json_of(
            R"({"jira_url":"https://j.example","confluence_url":"https://c.example/wiki",)"
            R"("auth":"basic","secret_file":"/s")" +
            std::string(members) + "}"
        )
    );
}

template <typename T>
Lines lines_of(const Checked<T>& checked) {
    Lines lines;
    for (const Problem& problem : checked.problems) {
        lines.push_back(problem.field + ": " + problem.message);
    }
    return lines;
}

}  // namespace

TEST_CASE("A rule's events and condition are read", "[catalog]") {
    const auto checked = rule_with(
        R"(,"events":["issue_updated","version_released"],"condition":{"projects":["demo","A_1"],)"
        R"("issue_types":["Bug"],"changed_fields":["status","Story Points"]})"
    );
    REQUIRE(lines_of(checked) == Lines{});
    CHECK(
        checked.value.events ==
        std::vector<JiraEvent>{JiraEvent::kIssueUpdated, JiraEvent::kVersionReleased}
    );
    CHECK(
        checked.value.condition ==
        EventCondition{
            .projects = {"DEMO", "A_1"},
            .issue_types = {"Bug"},
            .changed_fields = {"status", "Story Points"},
        }
    );
    CHECK(rule_with("").value.events.empty());
}

TEST_CASE("Every event's word is read as the event that it names", "[catalog]") {
    for (std::size_t i = 0; i < kJiraEventCount; ++i) {
        const auto event = static_cast<JiraEvent>(i);
        const auto checked = rule_with(R"(,"events":[")" + std::string(name_of(event)) + R"("])");
        REQUIRE(lines_of(checked) == Lines{});
        CHECK(checked.value.events == std::vector<JiraEvent>{event});
    }
}

TEST_CASE("What is wrong with events and condition is named by its path", "[catalog]") {
    const Lines unknown = lines_of(rule_with(R"(,"events":["issue_created","issue_deleted",7])"));
    REQUIRE(unknown.size() == 2);
    CHECK(unknown[0] == "events[2]: must be text; write it in quotes");
    CHECK(unknown[1].starts_with(R"(events[1]: is "issue_deleted"; allowed is: issue_created, )"));
    CHECK(
        lines_of(rule_with(R"(,"events":"issue_created")")) ==
        Lines{"events: must be a list of 1 to 12 items"}
    );
    CHECK(
        lines_of(rule_with(R"(,"events":["issue_created","issue_created"])")) ==
        Lines{"events[1]: repeats an earlier item"}
    );
    CHECK(
        lines_of(rule_with(R"(,"condition":{"projects":["A"]})")) ==
        Lines{"condition: says which events fire the rule, and there are no events"}
    );
    CHECK(
        lines_of(rule_with(
            R"(,"events":["issue_created"],"condition":{"projects":["1A"],"issue_types":[],)"
            R"("changed_fields":["status"],"project":["A"]})"
        )) ==
        Lines{
            "condition.projects[0]: must be the key of a Jira project: a letter, then letters, "
            "digits and '_'",
            "condition.issue_types: must be a list of 1 to 100 items",
            "condition.changed_fields: asks for issue_updated among the events",
            "condition.project: is not known; did you mean 'projects'?",
        }
    );
}

TEST_CASE("A site's webhook secret, account and limit are read and checked", "[catalog]") {
    const auto checked = site_with(
        R"(,"webhook_secret_file":"/run/w","jira_account_id":"5b10","calls_per_minute":600)"
    );
    REQUIRE(lines_of(checked) == Lines{});
    CHECK(checked.value.webhook_secret_file == "/run/w");
    CHECK(checked.value.jira_account_id == "5b10");
    CHECK(checked.value.calls_per_minute == 600);
    CHECK_FALSE(site_with("").value.calls_per_minute.has_value());
    const std::string problem = "calls_per_minute: must be a whole number from 1 to 1000000";
    for (const std::string wrong : {"0", "1000001", "1.5"}) {
        CHECK(lines_of(site_with(R"(,"calls_per_minute":)" + wrong)) == Lines{problem});
    }
    CHECK(
        lines_of(site_with(R"(,"calls_per_minute":"600")")) == Lines{problem + ", without quotes"}
    );
}

TEST_CASE("How much workers may use of a site is read and checked", "[catalog]") {
    const auto checked = site_with(R"(,"limits":{"requests_per_second":10,"presses":4})");
    REQUIRE(lines_of(checked) == Lines{});
    CHECK(checked.value.limits.requests_per_second == 10);
    CHECK(checked.value.limits.presses == 4);
    const auto part = site_with(R"(,"limits":{"presses":4})");
    REQUIRE(lines_of(part) == Lines{});
    CHECK_FALSE(part.value.limits.requests_per_second.has_value());
    CHECK_FALSE(site_with("").value.limits.presses.has_value());
    CHECK(
        lines_of(site_with(R"(,"limits":{"requests_per_second":0,"presses":"4","pages":1})")) ==
        Lines{
            "limits.requests_per_second: must be a whole number from 1 to 10000",
            "limits.presses: must be a whole number from 1 to 10000, without quotes",
            "limits.pages: is not known; allowed is: requests_per_second, presses",
        }
    );
    CHECK(
        lines_of(site_with(R"(,"limits":10)")) ==
        Lines{"limits: must be an object with named members"}
    );
}

TEST_CASE("The catalog knows the listening rules of each site", "[catalog]") {
    Catalog catalog;
    std::int64_t offset = 0;
    const auto put = [&](std::string_view id, std::string_view site, std::string_view members) {
        catalog.apply(
            "rule/" + std::string(id),
            R"({"site":")" + std::string(site) +
                R"(","page":{"space":"S","title":"t","body":"b"})" + std::string(members) + "}",
            offset++
        );
    };
    const auto ids = [&](std::string_view site) {
        Lines found;
        for (const auto& rule : catalog.listening_rules(site)) found.push_back(rule->id);
        return found;
    };
    const std::string_view listens = R"(,"events":["issue_created"])";
    put("b", "acme", listens);
    put("a", "acme", listens);
    put("silent", "acme", "");
    put("other", "beta", listens);
    CHECK(ids("acme") == Lines{"a", "b"});
    CHECK(ids("beta") == Lines{"other"});
    CHECK(ids("none") == Lines{});
    put("a", "acme", "");
    put("b", "beta", listens);
    CHECK(ids("acme") == Lines{});
    CHECK(ids("beta") == Lines{"b", "other"});
    catalog.apply("rule/other", "", offset++);
    CHECK(ids("beta") == Lines{"b"});
}
