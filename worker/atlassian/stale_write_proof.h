// Proves on a page of its own that a Confluence refuses a stale write, on which everything rests
// that is promised of pages; for `GET /doctor`, where an operator has named a space for it.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/catalog/model.h"
#include "common/http_client/http_client.h"
#include "common/json/finding.h"
#include "worker/atlassian/site_account.h"

namespace pagepress::worker {

struct TrialSite {
    const Site& site;
    const SiteAccount& account;
    HttpClient& http;
    const Clock& clock;
    Millis call_timeout{10'000};
};

/// Creates a page in the space, writes its version 2, writes version 2 again, which must be
/// refused, and puts the page into the trash. Blocks.
///
/// @return  about `space KEY`
[[nodiscard]] Finding prove_stale_write_is_refused(
    const TrialSite& trial, const std::string& space_key
);

}  // namespace pagepress::worker
