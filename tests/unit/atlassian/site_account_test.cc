// Secret files, and points in time.
#include "worker/atlassian/site_account.h"

#include <cstdio>
#include <fstream>

#include <unistd.h>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

class AccountFile {
public:
    explicit AccountFile(const std::string& content) {
        char name[] = "/tmp/pagepress-secret-XXXXXX";
        ::close(::mkstemp(name));
        path_ = name;
        std::ofstream(path_) << content;
    }

    AccountFile(const AccountFile&) = delete;
    AccountFile& operator=(const AccountFile&) = delete;

    ~AccountFile() { std::remove(path_.c_str()); }

    [[nodiscard]] Site site(Site::Auth auth) const {
        Site site;
        site.id = "acme";
        site.jira_url = "https://acme.example/";
        site.confluence_url = "https://acme.example/wiki";
        site.auth = auth;
        site.secret_file = path_;
        return site;
    }

private:
    std::string path_;
};

Result<SiteAccount> account_of(const Site& site) {
    const SystemClock clock;
    return SiteAccounts(clock).account(site);
}

}  // namespace

TEST_CASE("A basic account is email and token in base64", "[site_account]") {
    const auto account = account_of(AccountFile("bot@x.y:tok:en\n").site(Site::Auth::kBasic));
    REQUIRE(account);
    CHECK(account->authorization == "Basic Ym90QHgueTp0b2s6ZW4=");
    CHECK(account->jira_url == "https://acme.example");
    CHECK(account->confluence_url == "https://acme.example/wiki");
    CHECK(account->site == "acme");
}

TEST_CASE("A bearer account is the token", "[site_account]") {
    const auto account = account_of(AccountFile("token\n").site(Site::Auth::kBearer));
    REQUIRE(account);
    CHECK(account->authorization == "Bearer token");
}

TEST_CASE("A secret file that cannot be right is refused without its content", "[site_account]") {
    for (const char* content : {"sesame\nInjected: header", "sesame sesame"}) {
        const auto account = account_of(AccountFile(content).site(Site::Auth::kBearer));
        REQUIRE_FALSE(account);
        CHECK(account.error().code == ErrorCode::kCredentialsRejected);
        CHECK(account.error().message.find("sesame") == std::string::npos);
    }
    for (const char* content : {"sesame", ":sesame", "sesame:", ""}) {
        const auto account = account_of(AccountFile(content).site(Site::Auth::kBasic));
        REQUIRE_FALSE(account);
        CHECK(account.error().message.find("sesame") == std::string::npos);
    }
}

TEST_CASE("One file may be the secret of a basic and of a bearer site", "[site_account]") {
    const SystemClock clock;
    SiteAccounts accounts(clock);
    const AccountFile file("bot@x.y:token");
    CHECK(
        accounts.account(file.site(Site::Auth::kBearer))->authorization == "Bearer bot@x.y:token"
    );
    CHECK(accounts.account(file.site(Site::Auth::kBasic))->authorization.starts_with("Basic "));
}

TEST_CASE("Confluence may have a secret file of its own", "[site_account]") {
    const AccountFile jira("of-jira");
    const AccountFile confluence("of-confluence");
    Site site = jira.site(Site::Auth::kBearer);
    CHECK(account_of(site)->for_confluence() == "Bearer of-jira");
    site.confluence_secret_file = confluence.site(Site::Auth::kBearer).secret_file;
    const auto account = account_of(site);
    REQUIRE(account);
    CHECK(account->authorization == "Bearer of-jira");
    CHECK(account->for_confluence() == "Bearer of-confluence");
    site.confluence_secret_file = "/no/such/file";
    CHECK(account_of(site).error().code == ErrorCode::kCredentialsRejected);
}
