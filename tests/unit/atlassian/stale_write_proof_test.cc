// Doctor's proof on a scratch page, on the fake site.
#include "worker/atlassian/stale_write_proof.h"

#include "tests/support/catch.h"
#include "tests/unit/atlassian/scripted_http.h"
#include "tests/unit/atlassian/site_http.h"

using namespace pagepress;
using namespace pagepress::worker;
using namespace pagepress::test;

namespace {

using Level = Finding::Level;

struct Clinic {
    FixedClock clock;
    FakeSite site{clock, {.issues = 1}, Accounts({"demo@example.com:demo-token"})};
    SiteHttp http{site};
    Site made = site_with(Site::ConfluenceApi::kV2);
    SiteAccount account{
        .site = "acme",
        .jira_url = kSiteUrl,
        .confluence_url = kSiteUrl + "/wiki",
        .authorization = "Basic ZGVtb0BleGFtcGxlLmNvbTpkZW1vLXRva2Vu"};

    static Site site_with(Site::ConfluenceApi api) {
        Site site;
        site.id = "acme";
        site.confluence_api = api;
        return site;
    }

    Finding prove(const std::string& space = "DOC") {
        return prove_stale_write_is_refused(
            {.site = made, .account = account, .http = http, .clock = clock}, space
        );
    }

    void strike(const std::string& method, int skip, int status) {
        FaultRule fault;
        fault.method = method;
        fault.path_prefix = "/wiki/api/v2/pages";
        fault.skip = skip;
        fault.answer = {.status = status, .body = R"({"id":"1","version":{"number":2}})"};
        site.faults.add(fault);
    }

    [[nodiscard]] const StoredPage& newest() { return site.confluence().pages().rbegin()->second; }
};

}  // namespace

TEST_CASE("A site that refuses a stale write is told to be in order", "[stale_write]") {
    Clinic clinic;
    clinic.made = Clinic::site_with(GENERATE(Site::ConfluenceApi::kV2, Site::ConfluenceApi::kV1));
    const Finding told = clinic.prove();
    CHECK(told.level == Level::kOk);
    CHECK(told.subject == "space DOC");
    CHECK(
        told.message ==
        "a stale write was refused, as it must be; the page of the trial is in the trash"
    );
    CHECK(clinic.newest().status == ContentStatus::kTrashed);
    CHECK(clinic.newest().versions.size() == 2);
    CHECK(clinic.prove().level == Level::kOk);  // once more, though its title is in the trash
}

TEST_CASE("A site that accepts a stale write fails", "[stale_write]") {
    Clinic clinic;
    clinic.strike("PUT", 1, 200);
    const Finding told = clinic.prove();
    CHECK(told.level == Level::kFail);
    CHECK(told.message.starts_with("a stale write was accepted"));
    CHECK(clinic.newest().status == ContentStatus::kTrashed);
}

TEST_CASE("What keeps the proof from being made is told", "[stale_write]") {
    Clinic clinic;
    SECTION("no such space") {
        CHECK(clinic.prove("NONE").message.contains("there is no space 'NONE'"));
    }
    SECTION("no page can be made") {
        clinic.strike("POST", 0, 400);
        CHECK(clinic.prove().message.starts_with("no page could be made"));
    }
    SECTION("it cannot be written") {
        clinic.strike("PUT", 0, 403);
        CHECK(clinic.prove().message.starts_with("a page of ours could not be written"));
        CHECK(clinic.newest().status == ContentStatus::kTrashed);
    }
    SECTION("the refusal is another one") {
        clinic.strike("PUT", 1, 400);
        CHECK(clinic.prove().message.starts_with("a stale write was refused, but not with 409"));
    }
    SECTION("the page stays") {
        clinic.strike("DELETE", 0, 403);
        const std::string message = clinic.prove().message;
        CHECK(message.ends_with(
            "delete page " + std::to_string(clinic.newest().id) + ", the page of the trial, by hand"
        ));
    }
}

TEST_CASE(
    "An answer that says nothing of the stale write is no failure of the site", "[stale_write]"
) {
    Clinic clinic;
    clinic.strike("PUT", 1, 503);
    const Finding told = clinic.prove();
    CHECK(told.level == Level::kWarn);
    CHECK(told.message.starts_with("whether a stale write is refused cannot be told now"));
}
