#include "worker/press/site_client_cache.h"

#include <utility>

#include "common/base/digest.h"
#include "worker/confluence/cloud_confluence.h"
#include "worker/jira/cloud_jira.h"

namespace pagepress::worker {

namespace {

std::string fingerprint_of(const SiteAccount& account) {
    return to_hex(
        sha256(account.jira_url + '\n' + account.confluence_url + '\n' + account.authorization)
    );
}

}  // namespace

Result<SiteClients> SiteClientCache::clients(const Site& site) {
    const auto account = accounts_.account(site);
    if (!account) {
        return fail(account.error().code, "site '" + site.id + "': " + account.error().message);
    }
    std::string fingerprint = fingerprint_of(*account);
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
        entry.confluence = make_cloud_confluence(
            *account,
            *entry.confluence_http,
            ports_.clock,
            http_timeout_,
            entry.confluence_watch.get()
        );
        entry.jira = make_cloud_jira(
            *account, *entry.jira_http, ports_.clock, http_timeout_, entry.jira_watch.get()
        );
    }
    return SiteClients{.confluence = *entry.confluence, .jira = *entry.jira};
}

}  // namespace pagepress::worker
