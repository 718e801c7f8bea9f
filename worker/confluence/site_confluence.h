// The client of a site's Confluence: which API it speaks is the site's.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/catalog/model.h"
#include "common/http_client/http_client.h"
#include "worker/atlassian/session.h"
#include "worker/atlassian/site_account.h"
#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// What a client needs; all but the account outlives it.
struct ConfluencePorts {
    HttpClient& http;
    const Clock& clock;
    Millis timeout{30'000};      ///< of one HTTP call
    CallWatch* watch = nullptr;  ///< null: nobody watches
};

[[nodiscard]] std::unique_ptr<Confluence> make_confluence(
    const Site& site, const SiteAccount& account, const ConfluencePorts& ports
);

}  // namespace pagepress::worker
