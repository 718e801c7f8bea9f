#include "worker/press/site_client_cache.h"

#include <utility>

#include "common/base/digest.h"
#include "worker/confluence/site_confluence.h"
#include "worker/jira/cloud_jira.h"
#include "worker/jira/data_center_jira.h"

namespace pagepress::worker {

namespace {

std::string fingerprint_of(const Site& site, const SiteAccount& account) {
    std::string text = account.jira_url;
    for (const std::string& part :
         {account.confluence_url, account.authorization, account.for_confluence()}) {
        text.append("\n").append(part);
    }
    text.append(site.flavour == Site::Flavour::kCloud ? "\ncloud" : "\ndatacenter");
    text.append(site.confluence_api == Site::ConfluenceApi::kV2 ? "\nv2" : "\nv1");
    return to_hex(sha256(text));
}

}  // namespace

Result<SiteClients> SiteClientCache::clients(const Site& site) {
    const auto account = accounts_.account(site);
    if (!account) {
        return fail(account.error().code, "site '" + site.id + "': " + account.error().message);
    }
    std::string fingerprint = fingerprint_of(site, *account);
    Entry& entry = entries_[site.id];
    if (entry.fingerprint != fingerprint) {
        entry = {};
        entry.fingerprint = std::move(fingerprint);
        entry.confluence_http = make_http_();
        entry.jira_http = make_http_();
        const auto watch = [&](SiteCallWatch::Product product) {
            return std::make_unique<SiteCallWatch>(ports_, gates_, site.id, product);
        };
        entry.confluence_watch = watch(SiteCallWatch::Product::kConfluence);
        entry.jira_watch = watch(SiteCallWatch::Product::kJira);
        make_clients(entry, site, *account);
    }
    return SiteClients{.confluence = *entry.confluence, .jira = *entry.jira};
}

void SiteClientCache::make_clients(Entry& entry, const Site& site, const SiteAccount& account)
    const {
    const Clock& clock = ports_.clock;
    entry.confluence = make_confluence(
        site,
        account,
        {.http = *entry.confluence_http,
         .clock = clock,
         .timeout = http_timeout_,
         .watch = entry.confluence_watch.get()}
    );
    const auto make_jira =
        site.flavour == Site::Flavour::kCloud ? make_cloud_jira : make_data_center_jira;
    entry.jira = make_jira(account, *entry.jira_http, clock, http_timeout_, entry.jira_watch.get());
}

}  // namespace pagepress::worker
