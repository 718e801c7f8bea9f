// Secret files, and points in time.
#include "worker/atlassian/site_account.h"

#include <cstdio>
#include <fstream>

#include <unistd.h>

#include "tests/support/catch.h"
#include "worker/atlassian/iso_time.h"

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

TEST_CASE("ISO times of all forms in use are read", "[iso_time]") {
    CHECK(parse_iso_time("1970-01-01T00:00:00.000Z") == 0);
    CHECK(parse_iso_time("2026-09-30T12:00:00.250Z") == 1'790'769'600'250);
    CHECK(parse_iso_time("2026-09-30T12:00:00Z") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T12:00Z") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T14:30:00.000+0230") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T09:00:00.000-03:00") == 1'790'769'600'000);
    CHECK(parse_iso_time("2026-09-30T12:00:00.1239Z") == 1'790'769'600'123);
}

TEST_CASE("What is no ISO time is not read as one", "[iso_time]") {
    for (const char* text :
         {"",
          "2026-09-30",
          "2026-13-30T12:00:00Z",
          "2026-02-30T12:00:00Z",
          "2026-09-30T24:00:00Z",
          "2026-09-30T12:00:00",
          "2026-09-30T12:00:00.Z",
          "2026-09-30T12:00:00Zx",
          "yesterday"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_iso_time(text));
    }
}
