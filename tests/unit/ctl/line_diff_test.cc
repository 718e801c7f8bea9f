#include "ingress/ctl/line_diff.h"

#include <boost/json/object.hpp>

#include "ingress/ctl/document_diff.h"
#include "tests/support/catch.h"

using namespace pagepress::ctl;

TEST_CASE("A line diff shows changes with two lines around them", "[ctl]") {
    CHECK(
        line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\nfour\n5\n6\n7\n8\n9\nten\n") ==
        "@@ -2,5 +2,5 @@\n 2\n 3\n-4\n+four\n 5\n 6\n@@ -8,2 +8,3 @@\n 8\n 9\n+ten\n"
    );
    CHECK(line_diff("a\n", "a\n").empty());
    CHECK(line_diff("", "a\n") == "@@ -0,0 +1,1 @@\n+a\n");
    CHECK(line_diff("a\nb\n", "b\n") == "@@ -1,2 +1,1 @@\n-a\n b\n");
}

TEST_CASE("A line diff of huge texts ends, without looking for common lines", "[ctl]") {
    std::string before;
    std::string after;
    for (int i = 0; i < 20'000; ++i) {
        before += "a" + std::to_string(i) + "\n";
        after += "b" + std::to_string(i) + "\n";
    }
    CHECK(line_diff(before, after).starts_with("@@ -1,20000 +1,20000 @@\n-a0\n"));
}

TEST_CASE("A document's diff names members by path, lists of plain values as one", "[ctl]") {
    using boost::json::array;
    using boost::json::object;
    const object before{
        {"levels", array{object{{"jql", "a"}, {"columns", array{"key"}}}}}, {"gone", nullptr}};
    const object after{
        {"levels", array{object{{"jql", "a"}, {"columns", array{"key", "status"}}}}},
        {"page", "12"}};
    CHECK(
        diff_text(before, after) ==
        "  ~ levels[0].columns: [\"key\"] → [\"key\",\"status\"]\n  + page: \"12\"\n"
        "  - gone: ~\n"
    );
    CHECK(diff_text(before, before).empty());
}

TEST_CASE("A diff moves no terminal's cursor", "[ctl]") {
    const boost::json::object after{{"body", "a\x1b[2J\nb"}, {"name", "\x1b]0;x\x07"}};
    CHECK(diff_text(nullptr, after).find('\x1b') == std::string::npos);
}
