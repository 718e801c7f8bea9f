// Confluence Cloud over its REST API v2; v1 only for what v2 lacks: who-am-I, and adding
// labels.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/http_client/http_client.h"
#include "worker/atlassian/site_account.h"
#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// `http` and `clock` must outlive the result, which is used by one thread at a time and remembers
/// the ids of spaces.
///
/// @param timeout  of one HTTP call
[[nodiscard]] std::unique_ptr<Confluence> make_cloud_confluence(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout = Millis(30'000)
);

}  // namespace pagepress::worker
