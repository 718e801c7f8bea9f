// The fake site behind an HttpClient, without sockets.
#pragma once

#include <string>

#include "common/http_client/http_client.h"
#include "tests/support/fake_atlassian/site.h"

namespace pagepress::test {

inline const std::string kSiteUrl = "https://site.test";

/// Faults that drop or cut an answer are what a connection that breaks is.
class SiteHttp final : public HttpClient {
public:
    explicit SiteHttp(FakeSite& site) : site_(site) {}

    Result<HttpAnswer> perform(const HttpCall& call) override;

    bool is_unreachable = false;  ///< of calls that write: nothing is sent

private:
    FakeSite& site_;
};

}  // namespace pagepress::test
