#include "worker/atlassian/site_checks.h"

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"
#include "tests/unit/atlassian/scripted_http.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

using Level = Finding::Level;

constexpr const char* kMyself = R"({"accountId":"1","displayName":"Bot"})";
constexpr const char* kPermissions = R"({"permissions":{"BROWSE_PROJECTS":{"havePermission":true},)"
                                     R"("EDIT_ISSUES":{"havePermission":true}}})";
constexpr const char* kSpace = R"({"results":[{"id":"77","key":"DOC"}]})";
constexpr const char* kMayCreate = R"({"operations":[{"operation":"create","targetType":"page"}]})";
constexpr const char* kMayUpdate = R"({"operations":[{"operation":"update","targetType":"page"}]})";
constexpr const char* kNothing = R"({"operations":[{"operation":"read","targetType":"page"}]})";

/// A catalog with one site, whose answers are scripted.
struct Clinic {
    Clinic() {
        put("site/acme",
            R"({"jira_url":"https://j","confluence_url":"https://c/wiki","auth":"basic",)"
            R"("secret_file":")" +
                secret + R"("})");
    }

    void put(const std::string& key, const std::string& document) {
        catalog.apply(key, document, offset++);
    }

    void with_rule() {
        put("rule/release", R"({"site":"acme","page":{"space":"DOC","title":"t","body":"b"}})");
    }

    void with_snapshot() {
        put("snapshot/open",
            R"({"site":"acme","page":"12","levels":[{"jql":"x","columns":["key"]}]})");
    }

    /// Both products know us.
    void log_in() {
        http.answer(200, kMyself);
        http.answer(200, kPermissions);
        http.answer(200, kMyself);
    }

    std::vector<Finding> check() {
        return check_sites(
            {.catalog = catalog,
             .http = http,
             .clock = clock,
             .time_max = time_max,
             .is_cancelled = [] { return false; },
             .trial_spaces = trial_spaces}
        );
    }

    /// The last finding, as a line.
    std::string last() {
        const auto findings = check();
        REQUIRE_FALSE(findings.empty());
        const Finding& finding = findings.back();
        return std::string(name_of(finding.level)) + " " + finding.subject + ": " + finding.message;
    }

    TempDir folder;
    std::string secret = folder.write("secret", "bot@x.y:token\n");
    Catalog catalog;
    std::int64_t offset = 0;
    ScriptedHttp http;
    FixedClock clock;
    Millis time_max{1000};
    std::map<std::string, std::string> trial_spaces;
};

}  // namespace

TEST_CASE("A site in order has good findings only, and is not written to", "[site_checks]") {
    Clinic clinic;
    clinic.with_rule();
    clinic.with_snapshot();
    clinic.log_in();
    clinic.http.answer(200, kSpace);
    clinic.http.answer(200, kMayCreate);
    clinic.http.answer(200, R"({"id":"12"})");
    clinic.http.answer(200, kMayUpdate);
    const auto findings = clinic.check();
    CHECK(findings.size() == 6);
    for (const Finding& finding : findings) CHECK(finding.level == Level::kOk);
    CHECK(findings[1].message == "https://j knows us as Bot");
    CHECK(clinic.http.line(0) == "GET https://j/rest/api/3/myself");
    CHECK(clinic.http.line(2) == "GET https://c/wiki/rest/api/user/current");
    CHECK(clinic.http.line(4) == "GET https://c/wiki/api/v2/spaces/77/operations");
    CHECK(clinic.http.line(6) == "GET https://c/wiki/api/v2/pages/12/operations");
    for (const HttpCall& call : clinic.http.calls) CHECK(call.method == "GET");
}

TEST_CASE("Only in a space that is named for it a page is made and thrown away", "[site_checks]") {
    Clinic clinic;
    clinic.trial_spaces = {{"acme", "TRY"}, {"other", "DOC"}};
    clinic.log_in();
    clinic.http.answer(200, R"({"results":[{"id":"77","key":"TRY"}]})");
    clinic.http.answer(200, R"({"id":"7","version":{"number":1}})");
    clinic.http.answer(200, R"({"id":"7","version":{"number":2}})");
    clinic.http.answer(409, recorded("confluence-v2-409-version.json"));
    clinic.http.answer(204, "");
    CHECK(
        clinic.last() ==
        "ok site acme: stale write in space TRY: a stale write was refused, as it must be; the "
        "page of the trial is in the trash"
    );
    CHECK(clinic.http.line(3) == "GET https://c/wiki/api/v2/spaces?keys=TRY");
    CHECK(clinic.http.line(7) == "DELETE https://c/wiki/api/v2/pages/7");
    CHECK(clinic.http.calls.size() == 8);
}

TEST_CASE("A secret file that cannot be read ends the check of its site", "[site_checks]") {
    Clinic clinic;
    clinic.put(
        "site/acme",
        R"({"jira_url":"https://j","confluence_url":"https://c/wiki","auth":"basic",)"
        R"("secret_file":"/no/such/file"})"
    );
    CHECK(
        clinic.last() ==
        "fail site acme: secret file: the secret file '/no/such/file' cannot be read: No such file "
        "or directory; write it anew, readable for the worker; until then presses use what this "
        "worker read there before, and without that the site's jobs wait"
    );
    CHECK(clinic.http.calls.empty());
}

TEST_CASE("The account whose events are ignored must be ours", "[site_checks]") {
    Clinic clinic;
    const auto name_account = [&](const std::string& members) {
        clinic.put(
            "site/acme",
            R"({"jira_url":"https://j","confluence_url":"https://c/wiki","auth":"basic",)"
            R"("secret_file":")" +
                clinic.secret + R"(")" + members + "}"
        );
    };
    const auto find = [&]() -> std::optional<Finding> {
        clinic.log_in();
        for (const Finding& finding : clinic.check()) {
            if (finding.subject == "site acme: jira_account_id") return finding;
        }
        return std::nullopt;
    };
    name_account(R"(,"webhook_secret_file":"/w","jira_account_id":"2")");
    const auto wrong = find();
    REQUIRE(wrong);
    CHECK(wrong->level == Level::kFail);
    CHECK(wrong->message.starts_with("names 2, but Jira knows us as 1: "));
    CHECK(wrong->message.ends_with("set it to 1"));
    name_account(R"(,"webhook_secret_file":"/w","jira_account_id":"1")");
    CHECK_FALSE(find());
    name_account(R"(,"webhook_secret_file":"/w")");
    CHECK_FALSE(find());
    name_account(R"(,"jira_account_id":"2")");  // no events, so none to ignore
    CHECK_FALSE(find());
}

TEST_CASE("A login that does not work is told of each product", "[site_checks]") {
    Clinic clinic;
    clinic.http.answer(401, "no");
    clinic.http.answer(200, R"({"type":"anonymous"})");
    const auto findings = clinic.check();
    REQUIRE(findings.size() == 3);
    CHECK(findings[1].level == Level::kFail);
    CHECK(findings[1].subject == "site acme: Jira");
    CHECK(findings[1].message.ends_with("put a valid token into " + clinic.secret));
    CHECK(findings[2].message.starts_with("we are served as anonymous"));
    // The token is in no message.
    for (const Finding& finding : findings) {
        CHECK(finding.message.find("token\n") == std::string::npos);
        CHECK(finding.message.find("Ym90") == std::string::npos);
    }
}

TEST_CASE("A site that is away is not blamed on the token", "[site_checks]") {
    Clinic clinic;
    clinic.http.fail_with(ErrorCode::kUnavailable);
    clinic.http.fail_with(ErrorCode::kUnavailable);
    CHECK(
        clinic.last() ==
        "fail site acme: Confluence: scripted; check the site's URL, DNS and the way out"
    );
}

TEST_CASE("Missing permissions are found, unknown ones are told to be so", "[site_checks]") {
    Clinic clinic;
    clinic.with_rule();
    clinic.log_in();
    SECTION("the space is not there") {
        clinic.http.answer(200, R"({"results":[]})");
        CHECK(clinic.last().starts_with("fail site acme: space DOC: there is none, or"));
    }
    SECTION("pages may not be created") {
        clinic.http.answer(200, kSpace);
        clinic.http.answer(200, kNothing);
        CHECK(clinic.last().starts_with(
            "fail site acme: space DOC: we may not create pages, and rule release does"
        ));
    }
    SECTION("the server does not tell") {
        clinic.http.answer(200, kSpace);
        clinic.http.answer(404, "{}");
        CHECK(
            clinic.last() ==
            "warn site acme: space DOC: is seen; whether we may create pages cannot be told"
        );
    }
}

TEST_CASE("A page that is gone or may not be written fails", "[site_checks]") {
    Clinic clinic;
    clinic.with_snapshot();
    clinic.log_in();
    SECTION("gone") {
        clinic.http.answer(404, "{}");
        CHECK(
            clinic.last().ends_with("it is gone or hidden from the account, and snapshot open "
                                    "writes it")
        );
    }
    SECTION("read only") {
        clinic.http.answer(200, R"({"id":"12"})");
        clinic.http.answer(200, kNothing);
        CHECK(clinic.last().starts_with("fail site acme: page 12: we may not update it"));
    }
}

TEST_CASE("A clock that is off is warned of", "[site_checks]") {
    Clinic clinic;
    clinic.http.answer(200, kMyself, {{"date", "Wed, 30 Sep 2026 12:05:00 GMT"}});
    clinic.http.answer(200, kPermissions);
    clinic.http.answer(200, kMyself, {{"date", "Wed, 30 Sep 2026 12:00:01 GMT"}});
    const auto findings = clinic.check();
    REQUIRE(findings.size() == 5);
    CHECK(findings[2].level == Level::kWarn);
    CHECK(findings[2].subject == "site acme: clock of Jira");
    CHECK(findings[2].message.starts_with("is 300 s off"));
}

TEST_CASE("Sites that are off are left alone; none at all is a warning", "[site_checks]") {
    Clinic clinic;
    clinic.put(
        "site/acme",
        R"({"enabled":false,"jira_url":"https://j","confluence_url":"https://c/wiki",)"
        R"("auth":"basic","secret_file":"/s"})"
    );
    CHECK(clinic.last() == "ok site acme: switched off, so not checked");
    clinic.put("site/acme", "");
    CHECK(clinic.last().starts_with("warn sites: the catalog holds none"));
    CHECK(clinic.http.calls.empty());
}

TEST_CASE("Sites for which no time is left are said not to be checked", "[site_checks]") {
    Clinic clinic;
    clinic.time_max = Millis(0);
    CHECK(clinic.last() == "warn site acme: not checked: the sites before it took too long");
}

TEST_CASE("A site of Data Center is checked over its own APIs", "[site_checks]") {
    Clinic clinic;
    clinic.put(
        "site/acme",
        R"({"jira_url":"https://j","confluence_url":"https://c","auth":"bearer",)"
        R"("flavour":"datacenter","secret_file":")" +
            clinic.folder.write("jira", "of-jira") + R"(","confluence_secret_file":")" +
            clinic.folder.write("confluence", "of-confluence") + R"("})"
    );
    clinic.with_rule();
    clinic.with_snapshot();
    clinic.http.answer(200, R"({"key":"JIRAUSER1","name":"bot"})");
    clinic.http.answer(200, kPermissions);
    clinic.http.answer(200, R"({"type":"known","username":"bot","userKey":"8a"})");
    SECTION("in order") {
        clinic.http.answer(200, R"({"id":77,"key":"DOC"})");
        clinic.http.answer(200, kMayUpdate);
        const auto findings = clinic.check();
        CHECK(findings.size() == 6);
        for (const Finding& finding : findings) CHECK(finding.level == Level::kOk);
        CHECK(findings[1].message == "https://j knows us as bot");
        CHECK(clinic.http.line(0) == "GET https://j/rest/api/2/myself");
        CHECK(clinic.http.line(2) == "GET https://c/rest/api/user/current");
        CHECK(clinic.http.line(3) == "GET https://c/rest/api/space/DOC?expand=operations");
        CHECK(clinic.http.line(4) == "GET https://c/rest/api/content/12?expand=operations");
        CHECK(clinic.http.calls[0].headers[0] == "Authorization: Bearer of-jira");
        CHECK(clinic.http.calls[2].headers[0] == "Authorization: Bearer of-confluence");
    }
    SECTION("a space that is not there, and a page that may only be read") {
        clinic.http.answer(404, recorded("confluence-v1-dc-404-space.json"));
        clinic.http.answer(200, kNothing);
        const auto findings = clinic.check();
        REQUIRE(findings.size() == 6);
        CHECK(findings[4].message.starts_with("there is none, or the account may not see it"));
        CHECK(findings[5].message.starts_with("we may not update it"));
    }
    SECTION("anonymous") {
        clinic.http.script.pop_back();
        clinic.http.answer(200, R"({"type":"anonymous","displayName":"Anonymous"})");
        CHECK(clinic.last().ends_with("/confluence"));
    }
}

TEST_CASE("A Cloud site that speaks v1 is checked over it", "[site_checks]") {
    Clinic clinic;
    clinic.put(
        "site/acme",
        R"({"jira_url":"https://j","confluence_url":"https://c/wiki","auth":"basic",)"
        R"("confluence_api":"v1","secret_file":")" +
            clinic.secret + R"("})"
    );
    clinic.with_rule();
    clinic.log_in();
    clinic.http.answer(200, kMayCreate);
    CHECK(clinic.last() == "ok site acme: space DOC: is seen, and we may create pages");
    CHECK(clinic.http.line(0) == "GET https://j/rest/api/3/myself");
    CHECK(clinic.http.line(3) == "GET https://c/wiki/rest/api/space/DOC?expand=operations");
}
