#include "worker/confluence/site_confluence.h"

#include "worker/confluence/cloud_confluence.h"
#include "worker/confluence/v1_confluence.h"

namespace pagepress::worker {

std::unique_ptr<Confluence> make_confluence(
    const Site& site, const SiteAccount& account, const ConfluencePorts& ports
) {
    const auto& [http, clock, timeout, watch] = ports;
    if (site.confluence_api == Site::ConfluenceApi::kV2) {
        return make_cloud_confluence(account, http, clock, timeout, watch);
    }
    return make_v1_confluence(site.flavour, account, http, clock, timeout, watch);
}

}  // namespace pagepress::worker
