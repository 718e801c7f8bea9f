// Secret files, and points in time.
#include "worker/atlassian/site_account.h"

#include <cstdio>
#include <fstream>

#include <unistd.h>

#include "tests/support/catch.h"

using namespace pagepress;
using namespace pagepress::worker;

namespace {

class SecretFile {
public:
    explicit SecretFile(const std::string& content) {
        char name[] = "/tmp/pagepress-secret-XXXXXX";
        ::close(::mkstemp(name));
        path_ = name;
        std::ofstream(path_) << content;
    }

    SecretFile(const SecretFile&) = delete;
    SecretFile& operator=(const SecretFile&) = delete;

    ~SecretFile() { std::remove(path_.c_str()); }

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

}  // namespace

TEST_CASE("A basic account is email and token in base64", "[site_account]") {
    const auto account = load_account(SecretFile("bot@x.y:tok:en\n").site(Site::Auth::kBasic));
    REQUIRE(account);
    CHECK(account->authorization == "Basic Ym90QHgueTp0b2s6ZW4=");
    CHECK(account->jira_url == "https://acme.example");
    CHECK(account->confluence_url == "https://acme.example/wiki");
    CHECK(account->site == "acme");
}

TEST_CASE("A bearer account is the token", "[site_account]") {
    const auto account = load_account(SecretFile("token\n").site(Site::Auth::kBearer));
    REQUIRE(account);
    CHECK(account->authorization == "Bearer token");
}

TEST_CASE("A secret file that cannot be right is refused without its content", "[site_account]") {
    for (const char* content : {"sesame\nInjected: header", "sesame sesame"}) {
        const auto account = load_account(SecretFile(content).site(Site::Auth::kBearer));
        REQUIRE_FALSE(account);
        CHECK(account.error().code == ErrorCode::kCredentialsRejected);
        CHECK(account.error().message.find("sesame") == std::string::npos);
    }
    for (const char* content : {"sesame", ":sesame", "sesame:", ""}) {
        const auto account = load_account(SecretFile(content).site(Site::Auth::kBasic));
        REQUIRE_FALSE(account);
        CHECK(account.error().message.find("sesame") == std::string::npos);
    }
}
