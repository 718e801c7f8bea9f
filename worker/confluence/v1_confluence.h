// Confluence over its REST API v1: Data Center, and Cloud as far as it still serves it.
#pragma once

#include <memory>

#include "common/base/clock.h"
#include "common/catalog/model.h"
#include "common/http_client/http_client.h"
#include "worker/atlassian/session.h"
#include "worker/atlassian/site_account.h"
#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// `http` and `clock` must outlive the result, which is used by one thread at a time and remembers
/// keys and home pages of spaces. The ids of its spaces are their keys.
///
/// @param timeout  of one HTTP call
/// @param watch    outlives the result; null: nobody watches
[[nodiscard]] std::unique_ptr<Confluence> make_v1_confluence(
    Site::Flavour flavour,
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout = Millis(30'000),
    CallWatch* watch = nullptr
);

}  // namespace pagepress::worker
