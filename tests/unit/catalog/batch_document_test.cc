#include "common/catalog/batch_document.h"

#include "common/json/json_value.h"
#include "tests/support/catch.h"

using namespace pagepress;
using namespace std::chrono_literals;

namespace {

using Lines = std::vector<std::string>;

Checked<Batch> read(std::string_view text, std::string_view path = "") {
    auto parsed = parse_json(text, "the test document");
    REQUIRE(parsed);
    return read_batch(path, *parsed);
}

Lines lines_of(const std::vector<Problem>& problems) {
    Lines lines;
    for (const Problem& problem : problems) lines.push_back(problem.field + ": " + problem.message);
    return lines;
}

Lines problems_of(std::string_view text, std::string_view path = "") {
    return lines_of(read(text, path).problems);
}

std::string issues_document(std::size_t count) {
    std::string text = R"({"rule":"release","issues":[)";
    for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + std::to_string(i + 1);
    return text + "]}";
}

}  // namespace

TEST_CASE("Every selection of a batch is read", "[batch]") {
    const auto issues = read(R"({"rule":"R","issues":["A-1",10042,"7"],"spread":"30m"})");
    CHECK(lines_of(issues.problems) == Lines{});
    CHECK(
        issues.value ==
        Batch{
            .select = Batch::Select::kIssues,
            .rule = "R",
            .issues = {"A-1", "10042", "7"},
            .spread = 30min}
    );
    CHECK(
        read(R"({"rule":"R","jql":"project = A"})").value ==
        Batch{.select = Batch::Select::kJql, .rule = "R", .jql = "project = A"}
    );
    CHECK(
        read(R"({"snapshots":["s1","s2"]})").value ==
        Batch{.select = Batch::Select::kSnapshots, .snapshots = {"s1", "s2"}}
    );
    CHECK(read(R"({"page":123})").value == Batch{.select = Batch::Select::kPage, .page_id = "123"});
    CHECK(
        read(R"({"space":"DOC"})").value == Batch{.select = Batch::Select::kSpace, .space = "DOC"}
    );
    CHECK(read(R"({"all_snapshots":true})").value == Batch{.select = Batch::Select::kSite});
}

TEST_CASE("A batch has exactly one selection", "[batch]") {
    const std::string one =
        "exactly one of: issues, jql (both with rule), snapshots, page, space, all_snapshots";
    CHECK(problems_of(R"({})") == Lines{": must have " + one});
    CHECK(problems_of(R"({"rule":"R"})") == Lines{": must have " + one});
    CHECK(
        problems_of(R"({"page":"1","space":"D"})", "refresh") ==
        Lines{"refresh.space: is a second selection; a batch has " + one}
    );
    CHECK(problems_of("[]", "refresh") == Lines{"refresh: must be an object with named members"});
}

TEST_CASE("What is wrong with a batch is named with its field", "[batch]") {
    CHECK(problems_of(R"({"issues":["A-1"]})") == Lines{"rule: is missing"});
    CHECK(problems_of(R"({"page":"1","rule":"R"})").front().starts_with("rule: is not known;"));
    CHECK(
        problems_of(R"({"rule":"R","issues":["A-1","A 2"]})", "refresh") ==
        Lines{"refresh.issues[1]: must be the numeric id or the key of an issue, such as PROJ-42"}
    );
    CHECK(
        problems_of(R"({"rule":"R","issues":[]})") ==
        Lines{"issues: must be a list of 1 to 10000 items; it has 0"}
    );
    CHECK(
        problems_of(R"({"snapshots":["ok","not ok"]})") ==
        Lines{"snapshots[1]: must be the id of a snapshot"}
    );
    CHECK(
        problems_of(R"({"snapshots":["ok\u0000evil"]})") ==
        Lines{"snapshots[0]: must be the id of a snapshot"}
    );
    CHECK(
        problems_of(R"({"rule":"R","jql":"a = b\n\tAND c\u0000"})") ==
        Lines{"jql: must not have control characters other than line breaks and tabs"}
    );
    CHECK(problems_of(R"({"all_snapshots":false})") == Lines{"all_snapshots: must be true"});
    CHECK(
        problems_of(R"({"page":"1","spread":"soon"})") ==
        Lines{"spread: must be a length of time such as 45s, 30m, 1h30m or 2d"}
    );
    CHECK(
        problems_of(R"({"page":"1","spread":"25h"})") == Lines{"spread: must not be longer than 1d"}
    );
    CHECK(
        problems_of(R"({"page":"1","spred":"1h"})") ==
        Lines{"spred: is not known; did you mean 'spread'?"}
    );
}

TEST_CASE("A batch lists at most ten thousand issues", "[batch]") {
    CHECK(read(issues_document(kBatchItemsMax)).value.issues.size() == kBatchItemsMax);
    CHECK(
        problems_of(issues_document(kBatchItemsMax + 1)) ==
        Lines{"issues: must be a list of 1 to 10000 items; it has 10001"}
    );
}

TEST_CASE("Rules and snapshots of a batch belong to its site", "[batch]") {
    Catalog catalog;
    catalog.apply("rule/R", R"({"site":"acme","page":{"space":"D","title":"t","body":"b"}})", 0);
    for (const char* id : {"s1", "s2"}) {
        const std::string site = std::string(id) == "s1" ? "acme" : "other";
        catalog.apply(
            "snapshot/" + std::string(id),
            R"({"site":")" + site + R"(","page":"1","levels":[{"jql":"a = b","columns":["key"]}]})",
            catalog.position()
        );
    }
    const auto problems = [&](std::string_view text, std::string_view site) {
        return lines_of(problems_in_catalog("refresh", read(text).value, site, catalog));
    };
    CHECK(problems(R"({"rule":"R","jql":"a = b"})", "acme") == Lines{});
    CHECK(
        problems(R"({"rule":"R","jql":"a = b"})", "other") ==
        Lines{"refresh.rule: is not a rule of site 'other'"}
    );
    CHECK(
        problems(R"({"rule":"Q","issues":["A-1"]})", "acme") ==
        Lines{"refresh.rule: is not a rule of site 'acme'"}
    );
    CHECK(problems(R"({"snapshots":["s1"]})", "acme") == Lines{});
    CHECK(
        problems(R"({"snapshots":["s1","s2"]})", "acme") ==
        Lines{"refresh.snapshots[1]: is not a snapshot of site 'acme'"}
    );
    CHECK(problems(R"({"space":"D"})", "acme") == Lines{});
}
