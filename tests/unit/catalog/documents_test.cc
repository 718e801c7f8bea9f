#include "common/catalog/documents.h"

#include "common/json/json_value.h"
#include "tests/support/catch.h"

using namespace pagepress;

namespace {

boost::json::value json_of(std::string_view text) {
    auto parsed = parse_json(text, "the test document");
    REQUIRE(parsed);
    return *std::move(parsed);
}

std::vector<std::string> lines_of(const std::vector<Problem>& problems) {
    std::vector<std::string> lines;
    for (const Problem& problem : problems) lines.push_back(problem.field + ": " + problem.message);
    return lines;
}

std::vector<std::string> problems_of_site(std::string_view text) {
    return lines_of(read_site("acme", json_of(text)).problems);
}

std::vector<std::string> problems_of_rule(std::string_view text) {
    return lines_of(read_rule("release", json_of(text)).problems);
}

std::vector<std::string> problems_of_snapshot(std::string_view text) {
    return lines_of(read_snapshot("open", json_of(text)).problems);
}

std::string site_with_jira_url(std::string_view url) {
    return R"({"jira_url":")" + std::string(url) +
           R"(","confluence_url":"https://c.example/wiki","auth":"basic","secret_file":"/s"})";
}

std::string rule_with_page(std::string_view members) {
    return R"({"site":"acme","page":{)" + std::string(members) + "}}";
}

using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A site document is read, and trailing slashes of its URLs are dropped", "[catalog]") {
    const auto checked = read_site("acme", json_of(R"({"id":"acme","enabled":false,
        "jira_url":"https://acme.atlassian.net/","confluence_url":"http://127.0.0.1:8090/wiki//",
        "auth":"bearer","secret_file":"/run/secrets/acme"})"));
    REQUIRE(lines_of(checked.problems) == Lines{});
    CHECK(checked.value.id == "acme");
    CHECK_FALSE(checked.value.enabled);
    CHECK(checked.value.jira_url == "https://acme.atlassian.net");
    CHECK(checked.value.confluence_url == "http://127.0.0.1:8090/wiki");
    CHECK(checked.value.auth == Site::Auth::kBearer);
    CHECK(checked.value.secret_file == "/run/secrets/acme");
}

TEST_CASE("A site is a Cloud one with API v2 unless it says otherwise", "[catalog]") {
    const auto site_with = [](const std::string& members) {
        return read_site(
            "acme",
            json_of(
                R"({"jira_url":"https://j","confluence_url":"https://c",
            "auth":"bearer","secret_file":"/s")" +
                members + "}"
            )
        );
    };
    const auto plain = site_with("");
    CHECK(plain.value.flavour == Site::Flavour::kCloud);
    CHECK(plain.value.confluence_api == Site::ConfluenceApi::kV2);
    CHECK(plain.value.confluence_secret_file.empty());
    const auto old = site_with(R"(,"flavour":"cloud","confluence_api":"v1")");
    CHECK(lines_of(old.problems) == Lines{});
    CHECK(old.value.confluence_api == Site::ConfluenceApi::kV1);
    for (const char* members :
         {R"(,"flavour":"datacenter")", R"(,"flavour":"datacenter","confluence_api":"v1")"}) {
        const auto own = site_with(members);
        CHECK(lines_of(own.problems) == Lines{});
        CHECK(own.value.flavour == Site::Flavour::kDataCenter);
        CHECK(own.value.confluence_api == Site::ConfluenceApi::kV1);
    }
    CHECK(
        lines_of(site_with(R"(,"flavour":"datacenter","confluence_api":"v2")").problems) ==
        Lines{"confluence_api: must be v1, or left out: Data Center has no API v2"}
    );
    CHECK(
        lines_of(site_with(R"(,"flavour":"server","confluence_api":"v3")").problems) ==
        Lines{
            "flavour: is \"server\"; allowed is: cloud, datacenter",
            "confluence_api: is \"v3\"; allowed is: v1, v2"}
    );
    CHECK(site_with(R"(,"confluence_secret_file":"/t")").value.confluence_secret_file == "/t");
    CHECK(
        lines_of(site_with(R"(,"confluence_secret_file":"t")").problems) ==
        Lines{"confluence_secret_file: must be an absolute path on the workers' machines"}
    );
}

TEST_CASE("A rule document is read with its defaults", "[catalog]") {
    const auto checked = read_rule("release", json_of(R"({"site":"acme","page":{"space":"REL",
        "parent":98304,"title":"$#Key","body":"<p>\n</p>"}})"));
    REQUIRE(lines_of(checked.problems) == Lines{});
    CHECK(checked.value.enabled);
    CHECK(checked.value.parent == "98304");
    CHECK(checked.value.body == "<p>\n</p>");
    CHECK(checked.value.unknown_placeholder == UnknownPlaceholder::kEmpty);
    CHECK(checked.value.on_deleted == OnDeleted::kRestore);
    CHECK(checked.value.on_edited == OnEdited::kOverwrite);
}

TEST_CASE("A rule document is read with every member given", "[catalog]") {
    const auto checked = read_rule("release", json_of(R"({"id":"release","site":"acme",
        "enabled":false,"name":"Release","page":{"space":"REL","title":"t","template_page":"77",
        "labels":["release","$#{Fix versions}"]},
        "unknown_placeholder":"fail","on_deleted":"stop","on_edited":"keep"})"));
    REQUIRE(lines_of(checked.problems) == Lines{});
    CHECK_FALSE(checked.value.enabled);
    CHECK(checked.value.name == "Release");
    CHECK(checked.value.template_page == "77");
    CHECK(checked.value.body.empty());
    CHECK(checked.value.unknown_placeholder == UnknownPlaceholder::kFail);
    CHECK(checked.value.on_deleted == OnDeleted::kStop);
    CHECK(checked.value.on_edited == OnEdited::kKeep);
    CHECK(checked.value.labels == Lines{"release", "$#{Fix versions}"});
}

TEST_CASE("A snapshot document is read", "[catalog]") {
    const auto checked = read_snapshot(
        "open",
        json_of(R"({"site":"acme","page":"12345",
        "levels":[{"title":"Open","jql":"project = P\nORDER BY key","columns":["key","summary"]}]})"
        )
    );
    REQUIRE(lines_of(checked.problems) == Lines{});
    CHECK(checked.value.page == "12345");
    REQUIRE(checked.value.levels.size() == 1);
    CHECK(checked.value.levels[0].jql == "project = P\nORDER BY key");
    CHECK(checked.value.levels[0].columns == Lines{"key", "summary"});
}

TEST_CASE("Every problem of a document is reported at once, with its place", "[catalog]") {
    CHECK(
        problems_of_rule(R"({"id":"other","enabled":"yes","page":{"titel":"x","body":"b"},
        "on_delete":"stop","unknown_placeholder":"drop"})") ==
        Lines{
            R"(id: must be "release", the id that the entry is stored under)",
            "site: is missing",
            "enabled: must be true or false",
            "page.space: is missing",
            "page.title: is missing",
            "page.titel: is not known; did you mean 'title'?",
            R"(unknown_placeholder: is "drop"; allowed is: empty, keep, fail)",
            "on_delete: is not known; did you mean 'on_deleted'?",
        }
    );
    CHECK(
        problems_of_snapshot(R"({"site":"a b","page":"12x","levels":[{"jql":"","columns":[]}],
        "zzzzzzzzzz":1})") ==
        Lines{
            "site: must be an id: 1 to 64 letters, digits, '.', '_' or '-', beginning with a "
            "letter or"
            " digit",
            "page: must be the numeric id of a page, as in the page's address (1 to 19 digits, not "
            "beginning with 0)",
            "levels[0].jql: must not be empty",
            "levels[0].columns: must be a list of 1 to 50 items; it has 0",
            "zzzzzzzzzz: is not known; allowed is: id, site, enabled, name, page, levels",
        }
    );
}

TEST_CASE("Labels of a rule are a list of texts that differ", "[catalog]") {
    const auto problems_of = [](const std::string& labels) {
        return problems_of_rule(
            rule_with_page(R"("space":"S","title":"t","body":"b","labels":)" + labels)
        );
    };
    CHECK(problems_of(R"(["a","b"])") == Lines{});
    CHECK(
        problems_of(R"(["a",7,"a"])") ==
        Lines{
            "page.labels[1]: must be text; write it in quotes",
            "page.labels[2]: repeats an earlier label"}
    );
    CHECK(problems_of("[]") == Lines{"page.labels: must be a list of 1 to 20 items; it has 0"});
}

TEST_CASE("A document that is no object is one problem for each member it lacks", "[catalog]") {
    CHECK(problems_of_site("[]") == Lines{": must be an object with named members"});
    CHECK(
        problems_of_rule(R"({"site":"acme","page":3})") ==
        Lines{"page: must be an object with named members"}
    );
}

TEST_CASE("A site's secret file is named by its absolute path", "[catalog]") {
    CHECK(
        problems_of_site(R"({"jira_url":"https://a.b","confluence_url":"https://a.b/wiki",)"
                         R"("auth":"basic","secret_file":"../token"})"
        ) == Lines{"secret_file: must be an absolute path on the workers' machines"}
    );
}

TEST_CASE("URLs of a site are absolute http or https base URLs", "[catalog]") {
    const auto [url, message] = GENERATE(table<std::string, std::string>({
        {"acme.atlassian.net", "must be an absolute URL such as https://acme.example"},
        {"ftp://acme.example", "must begin with https:// or http://"},
        {"https://", "must name a host, as in https://acme.example"},
        {"https:acme", "must name a host, as in https://acme.example"},
        {"https://u:p@acme.example",
         "must not hold a user or password; they belong into secret_file"},
        {"https://acme.example?a=b", "must be a base URL without '?' and '#'"},
        {"https://acme.example/#x", "must be a base URL without '?' and '#'"},
        {"https://acme.example:99999", "must have a port of 1 to 65535, or none"},
        {"https://ac me.example", "must be an absolute URL such as https://acme.example"},
        {"", "must not be empty"},
    }));
    CAPTURE(url);
    CHECK(problems_of_site(site_with_jira_url(url)) == Lines{"jira_url: " + message});
}

TEST_CASE("A rule has exactly one of body and template page", "[catalog]") {
    const Lines expected{"page.body: exactly one of body and template_page must be given"};
    CHECK(problems_of_rule(rule_with_page(R"("space":"S","title":"t")")) == expected);
    CHECK(
        problems_of_rule(rule_with_page(R"("space":"S","title":"t","body":"b","template_page":"1")")
        ) == expected
    );
}

TEST_CASE("Texts are refused one byte over their limit", "[catalog]") {
    const auto [member, bytes_max, said] = GENERATE(table<std::string, std::size_t, std::string>({
        {"title", 1024, "1 KiB"},
        {"body", 1024 * 1024, "1 MiB"},
    }));
    const auto problems_with = [&](std::size_t size) {
        std::string page = R"("space":"S")";
        page += member == "title" ? R"(,"body":"b","title":")" : R"(,"title":"t","body":")";
        return problems_of_rule(rule_with_page(page + std::string(size, 'x') + "\""));
    };
    CHECK(problems_with(bytes_max).empty());
    CHECK(
        problems_with(bytes_max + 1) ==
        Lines{
            "page." + member + ": has " + std::to_string(bytes_max + 1) +
            " bytes; allowed are up to " + said}
    );
}

TEST_CASE("A title is one line of text", "[catalog]") {
    CHECK(
        problems_of_rule(rule_with_page(R"("space":"S","title":"a\nb","body":"b")")) ==
        Lines{"page.title: must be one line without control characters"}
    );
    CHECK(
        problems_of_rule(rule_with_page(R"("space":"S","title":2024,"body":"b")")) ==
        Lines{"page.title: must be text; write it in quotes"}
    );
}

TEST_CASE("A title that shows nothing is refused", "[catalog]") {
    const auto problems_of_title = [](const std::string& title) {
        return problems_of_rule(rule_with_page(R"("space":"S","body":"b","title":")" + title + '"')
        );
    };
    for (const std::string title : {" ", "   ", " \xC2\xA0 ", "\xE2\x80\xA8", "\\u0085\\u00a0"}) {
        CHECK(problems_of_title(title) == Lines{"page.title: is blank: add fixed text or $#Key"});
    }
    for (const std::string title : {" a", "\xC2\xA1", "\xE2\x80\xA6", " $#Key", "\xC3\xA9"}) {
        CHECK(problems_of_title(title).empty());
    }
}

TEST_CASE("A snapshot with a second level is refused in so many words", "[catalog]") {
    constexpr std::string_view kLevel = R"({"jql":"a","columns":["key"]})";
    const std::string two = std::string(kLevel) + "," + std::string(kLevel);
    CHECK(
        problems_of_snapshot(R"({"site":"acme","page":"1","levels":[)" + two + "]}") ==
        Lines{"levels[1]: is not supported: a snapshot has exactly one level"}
    );
    CHECK(
        problems_of_snapshot(R"({"site":"acme","page":"1","levels":[]})") ==
        Lines{"levels: must be a list of exactly one level"}
    );
}

TEST_CASE("A snapshot shows up to 50 different columns", "[catalog]") {
    const auto problems_with = [](int count) {
        std::string columns = "\"c0\"";
        for (int i = 1; i < count; ++i) columns += ",\"c" + std::to_string(i) + "\"";
        return problems_of_snapshot(
            R"({"site":"acme","page":"1","levels":[{"jql":"a","columns":[)" + columns + "]}]}"
        );
    };
    CHECK(problems_with(50).empty());
    CHECK(
        problems_with(51) == Lines{"levels[0].columns: must be a list of 1 to 50 items; it has 51"}
    );
    CHECK(
        problems_of_snapshot(R"({"site":"acme","page":"1",
        "levels":[{"jql":"a","columns":["key","key"]}]})") ==
        Lines{"levels[0].columns[1]: repeats an earlier column"}
    );
}

TEST_CASE("An API key survives being written and read", "[catalog]") {
    const auto scope =
        GENERATE(ApiKey::Scope::kRule, ApiKey::Scope::kSnapshot, ApiKey::Scope::kSite);
    const bool is_global = scope == ApiKey::Scope::kSite;
    const ApiKey key{
        .id = "k1",
        .name = is_global ? "" : "the \"ci\"",
        .scope = scope,
        .site = "acme",
        .subject = is_global ? "" : "release",
        .digest = sha256("secret"),
        .created_at = 1'700'000'000'000,
        .created_by = is_global ? "" : "jane",
        .renewed_at = is_global ? std::nullopt : std::optional<UnixMillis>(1'750'000'000'000),
        .renewed_by = is_global ? "" : "joe",
        .expires_at = is_global ? std::optional<UnixMillis>(1'800'000'000'000) : std::nullopt,
    };
    const auto checked = read_api_key("k1", json_of(write_api_key(key)));
    REQUIRE(lines_of(checked.problems) == Lines{});
    CHECK(checked.value.id == key.id);
    CHECK(checked.value.name == key.name);
    CHECK(checked.value.scope == key.scope);
    CHECK(checked.value.site == key.site);
    CHECK(checked.value.subject == key.subject);
    CHECK(checked.value.digest == key.digest);
    CHECK(checked.value.created_at == key.created_at);
    CHECK(checked.value.created_by == key.created_by);
    CHECK(checked.value.renewed_at == key.renewed_at);
    CHECK(checked.value.renewed_by == key.renewed_by);
    CHECK(checked.value.expires_at == key.expires_at);
}

TEST_CASE("Ids of entries are short and safe in paths and keys", "[catalog]") {
    for (const std::string& id : Lines{"a", "9", "Release-1.2_x", std::string(64, 'a')}) {
        CAPTURE(id);
        CHECK(is_entry_id(id));
    }
    for (const std::string& id :
         Lines{"", "-a", ".", "..", "a/b", "a b", "ä", std::string(65, 'a')}) {
        CAPTURE(id);
        CHECK_FALSE(is_entry_id(id));
    }
}
