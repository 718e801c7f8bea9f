#include "ingress/ctl/entry_files.h"

#include <algorithm>
#include <filesystem>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "ingress/ctl/yaml_text.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

using namespace pagepress;
using namespace pagepress::ctl;
using test::TempDir;

namespace {

using Lines = std::vector<std::string>;

constexpr const char* kTwoEntries = R"(# our rules
kind: site
id: acme
jira_url: https://acme.atlassian.net
confluence_url: https://acme.atlassian.net/wiki
auth: basic
secret_file: /run/secrets/acme
---
kind: rule
id: release
site: acme
page:
  space: REL
  parent: 98304
  title: "$#Key"
  body: |
    <p>$#{Summary}</p>
---
)";

}  // namespace

TEST_CASE("Several entries of a file become documents without kind and id", "[ctl]") {
    const auto files = read_entries("a.yaml", kTwoEntries);
    REQUIRE(files.problems == Lines{});
    REQUIRE(files.entries.size() == 2);
    CHECK(files.entries[0].kind == EntryKind::kSite);
    CHECK(files.entries[1].kind == EntryKind::kRule);
    CHECK(files.entries[1].id == "release");
    CHECK(
        files.entries[1].document ==
        *parse_json(
            R"({"site":"acme","page":{"space":"REL","parent":98304,"title":"$#Key",
            "body":"<p>$#{Summary}</p>\n"}})",
            "expected"
        )
    );
}

TEST_CASE("A problem is named with the line of its field or of what holds it", "[ctl]") {
    const auto files = read_entries("a.yaml", kTwoEntries);
    REQUIRE(files.entries.size() == 2);
    const FileEntry& rule = files.entries[1];
    CHECK(rule.describe({"page.title", "is wrong"}) == "a.yaml:15: page.title: is wrong");
    CHECK(rule.describe({"page.labels[2]", "is wrong"}) == "a.yaml:12: page.labels[2]: is wrong");
    CHECK(rule.describe({"name", "is missing"}) == "a.yaml:9: name: is missing");
    CHECK(rule.describe({"", "is wrong"}) == "a.yaml:9: is wrong");
}

TEST_CASE("Every problem of a file's entries is found without a server", "[ctl]") {
    const auto files = read_entries("a.yaml", R"(kind: rule
id: release
site: acme
enabled: yes
page:
  space: REL
  titel: x
  body: b
---
kind: page
id: x
---
kind: snapshot
id: "a b"
site: acme
page: 12
levels:
  - jql: project = P
    columns: [key, key]
---
just text
---
kind: site
id: s
id: t
)");
    CHECK(
        files.problems ==
        Lines{
            "a.yaml:4: enabled: must be true or false; 'yes' is text in YAML 1.2, write true",
            "a.yaml:5: page.title: is missing",
            "a.yaml:7: page.titel: is not known; did you mean 'title'?",
            "a.yaml:10: kind: must be site, rule, snapshot or schedule",
            "a.yaml:14: id: must be given: 1 to 64 letters, digits, '.', '_' or '-', beginning "
            "with a "
            "letter or digit",
            "a.yaml:19: levels[0].columns[1]: repeats an earlier column",
            "a.yaml:21: must be an entry that begins with kind and id",
            "a.yaml:23: jira_url: is missing",
            "a.yaml:23: confluence_url: is missing",
            "a.yaml:23: auth: is missing",
            "a.yaml:23: secret_file: is missing",
            "a.yaml:25: id: is given twice",
        }
    );
}

TEST_CASE("A syntax error is named with line and column", "[ctl]") {
    const auto files = read_entries("a.yaml", "kind: rule\nid: x\npage: [1, 2\n");
    REQUIRE(files.problems.size() == 1);
    CHECK(files.problems[0].starts_with("a.yaml:4:1: "));
    CHECK(read_entries("b.yaml", "kind: \xff\n").problems == Lines{"b.yaml: is not UTF-8 text"});
}

TEST_CASE("A syntax error comes with a hint at its usual cause", "[ctl]") {
    const auto [text, hint] = GENERATE(table<std::string, std::string>({
        {"kind: rule\npage:\n  title: a\n   space: b\n", "quote a text that holds ': '"},
        {"kind: rule\npage:\n    title: a\n  space: b\n", "is indented otherwise"},
        {"kind: rule\npage:\n\ttitle: a\n", "YAML takes spaces only"},
        {"kind: rule\nname: a: b\n", "quote a text that holds ': '"},
        {"kind: rule\nname: *a\n", "begins with * or &"},
    }));
    const auto files = read_entries("a.yaml", text);
    CAPTURE(text);
    REQUIRE_FALSE(files.problems.empty());
    CAPTURE(files.problems[0]);
    CHECK(files.problems[0].find(hint) != std::string::npos);
}

TEST_CASE("A text that a # cuts short is warned of, a comment is not", "[ctl]") {
    const auto files = read_entries("a.yaml", R"(kind: rule
id: x  # the id
site: acme #
page:
  space: S # a comment
  title: $#Key of #{Parent}
  body: "<p> #1</p>" #2
)");
    CHECK(files.problems == Lines{});
    CHECK(
        files.warnings ==
        Lines{"a.yaml:6: page.title: ends before '#{Parent}', because a # after a space begins a "
              "comment; quote the text if that belongs to it"}
    );
}

TEST_CASE("A number that loses its zeros is warned of", "[ctl]") {
    const auto files = read_entries("a.yaml", R"(kind: rule
id: x
site: acme
page:
  space: S
  parent: 0123
  title: t
  body: b
)");
    CHECK(
        files.warnings ==
        Lines{"a.yaml:6: page.parent: is read as the number 123; quote it if it is text"}
    );
    CHECK(read_entries("b.yaml", "kind: rule\nid: x\npage: {parent: 123}\n").warnings.empty());
}

TEST_CASE("A file with what can begin no entry is refused instead of read for ever", "[ctl]") {
    for (const std::string start : {"", "kind: site\n---\n"}) {
        const EntryFiles files = read_entries("a.yaml", start + ",kind: site\nid: acme\n");
        const std::string line = start.empty() ? "1" : "3";
        REQUIRE_FALSE(files.problems.empty());
        CHECK(
            files.problems.back() ==
            "a.yaml:" + line + ":1: no entry can begin here; quote the text or remove it"
        );
    }
}

TEST_CASE("A file whose aliases grow without end is refused", "[ctl]") {
    std::string text = "kind: rule\nid: x\na0: &a0 [1,1,1,1,1,1,1,1,1,1]\n";
    for (int i = 1; i < 9; ++i) {
        const std::string previous = "*a" + std::to_string(i - 1);
        text += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + previous;
        for (int j = 0; j < 9; ++j) text += "," + previous;
        text += "]\n";
    }
    const auto files = read_entries("a.yaml", text);
    CHECK(std::ranges::any_of(files.problems, [](const std::string& problem) {
        return problem.contains("nested too deep or too large");
    }));
}

TEST_CASE("Directories are read by name, with what is below and without hidden files", "[ctl]") {
    const TempDir folder;
    std::filesystem::create_directory(folder.path("a"));
    std::filesystem::create_directory(folder.path(".git"));
    folder.write("b.yml", "kind: site\nid: b\n");
    folder.write("a/c.yaml", "kind: site\nid: c\n");
    folder.write(".git/d.yaml", "not: an entry\n");
    folder.write(".e.yaml", "not: an entry\n");
    folder.write("README.md", "not an entry");
    folder.write("empty.yaml", "");
    const auto files = read_entry_files({folder.path()});
    REQUIRE(files.entries.size() == 2);
    CHECK(files.entries[0].id == "c");
    CHECK(files.entries[1].id == "b");
}

TEST_CASE("An id that two files give names both places", "[ctl]") {
    const TempDir folder;
    const std::string first = folder.write("a.yaml", kTwoEntries);
    const std::string second = folder.write("b.yaml", std::string("---\n") + kTwoEntries);
    const auto files = read_entry_files({first, second});
    CHECK(
        files.problems ==
        Lines{
            second + ":4: id: site 'acme' is given already at " + first + ":2",
            second + ":11: id: rule 'release' is given already at " + first + ":9",
        }
    );
}

TEST_CASE("A path that cannot be read or holds nothing is a problem", "[ctl]") {
    const TempDir folder;
    CHECK(
        read_entry_files({folder.path() + "/none.yaml"}).problems ==
        Lines{folder.path() + "/none.yaml: cannot be read"}
    );
    CHECK(
        read_entry_files({folder.path()}).problems ==
        Lines{folder.path() + ": holds no .yaml, .yml or .json file"}
    );
}

TEST_CASE(
    "A file or folder without entries is a problem, an empty file beside others is not", "[ctl]"
) {
    const TempDir folder;
    const std::string empty = folder.write("empty.yaml", "# nothing\n---\n");
    CHECK(
        read_entry_files({empty}).problems ==
        Lines{empty + ": holds no entry; an entry begins with kind and id"}
    );
    CHECK(
        read_entry_files({folder.path()}).problems ==
        Lines{folder.path() + ": none of its files holds an entry"}
    );
    folder.write("full.yaml", kTwoEntries);
    CHECK(read_entry_files({folder.path()}).problems.empty());
}

TEST_CASE("A device that never ends is refused at the limit", "[ctl]") {
    const auto files = read_entry_files({"/dev/zero"});
    REQUIRE(files.problems.size() == 1);
    CHECK(files.problems[0] == "/dev/zero: is larger than 16 MiB; split it");
}

TEST_CASE("YAML that was written is read as the same value", "[ctl]") {
    const auto text = GENERATE(
        "plain",
        "2024",
        "12345",
        "true",
        "null",
        "",
        "~",
        "1.5",
        "a: b",
        "# x",
        "- x",
        "two\nlines\n",
        "two\nlines",
        "\nleading",
        "  indented\n",
        "trailing \n",
        "end\n\n",
        "tab\there\n",
        "ü „x“",
        "quote\"d",
        "back\\slash",
        "{{ x }}",
        "*a",
        "&a",
        "!t",
        "@",
        "%",
        "no",
        "a\n\nb\n",
        "a\n  b\n"
    );
    CAPTURE(text);
    const boost::json::value page{{"space", "S"}, {"title", "t"}, {"body", text}};
    boost::json::object rule{{"kind", "rule"}, {"id", "r"}, {"site", "s"}, {"page", page}};
    const auto files = read_entries("a.yaml", to_yaml(rule));
    REQUIRE(files.entries.size() == 1);
    rule.erase("kind");
    rule.erase("id");
    CHECK(files.entries[0].document == boost::json::value(rule));
}
