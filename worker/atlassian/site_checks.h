// Checks each site of the catalog as a person would: can we log in, may we read and write what the
// rules and snapshots need. Nothing is written, but where an operator has named a space for it.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"
#include "common/http_client/http_client.h"
#include "common/json/finding.h"

namespace pagepress::worker {

struct SiteCheckPorts {
    const Catalog& catalog;
    HttpClient& http;
    const Clock& clock;
    Millis call_timeout{10'000};
    Millis time_max{120'000};  ///< of all sites together; what is left is said not to be checked
    std::function<bool()> is_cancelled;
    /// Space in which a page may be made and thrown away, by site; no other site is written to.
    std::map<std::string, std::string> trial_spaces = {};
};

/// Findings of all sites, ordered by id. Blocks.
[[nodiscard]] std::vector<Finding> check_sites(const SiteCheckPorts& ports);

}  // namespace pagepress::worker
