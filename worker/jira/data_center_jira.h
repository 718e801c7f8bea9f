// Jira Data Center over its REST API v2.
#pragma once

#include <memory>
#include <string>

#include "common/base/clock.h"
#include "common/http_client/http_client.h"
#include "worker/atlassian/session.h"
#include "worker/atlassian/site_account.h"
#include "worker/jira/jira.h"

namespace pagepress::worker {

/// `http` and `clock` must outlive the result, which is used by one thread at a time.
///
/// @param timeout  of one HTTP call
/// @param watch    outlives the result; null: nobody watches
[[nodiscard]] std::unique_ptr<Jira> make_data_center_jira(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout = Millis(30'000),
    CallWatch* watch = nullptr
);

/// The search with an order in which no two issues are equal, so that parts of it that are counted
/// off from its start fit together: its own order, and then by key; by key alone, the newest first,
/// which is Jira's own, if it has none.
[[nodiscard]] std::string with_stable_order(const std::string& jql);

}  // namespace pagepress::worker
