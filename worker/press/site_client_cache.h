// ClientSource over HTTP: the clients of one executor, one set per site.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "common/http_client/http_client.h"
#include "worker/atlassian/site_account.h"
#include "worker/limits/site_call_watch.h"
#include "worker/press/press_ports.h"

namespace pagepress::worker {

/// Makes an HTTP client; called twice per site, so that each product keeps its own connection.
using HttpClientFactory = std::function<std::unique_ptr<HttpClient>()>;

/// Used by one executor. A site whose addresses, flavour, API or secrets changed gets
/// new clients.
class SiteClientCache final : public ClientSource {
public:
    /// `accounts` and `gates`, which all executors share, and `ports` outlive it.
    SiteClientCache(
        HttpClientFactory make_http,
        SiteAccounts& accounts,
        SiteGates& gates,
        const GatePorts& ports,
        Millis http_timeout
    )
        : make_http_(std::move(make_http)),
          accounts_(accounts),
          gates_(gates),
          ports_(ports),
          http_timeout_(http_timeout) {}

    Result<SiteClients> clients(const Site& site) override;

private:
    struct Entry {
        std::string fingerprint;  ///< digest of what the clients were made from
        std::unique_ptr<HttpClient> confluence_http;
        std::unique_ptr<HttpClient> jira_http;
        std::unique_ptr<SiteCallWatch> confluence_watch;
        std::unique_ptr<SiteCallWatch> jira_watch;
        std::unique_ptr<Confluence> confluence;
        std::unique_ptr<Jira> jira;
    };

    /// The clients that the site's flavour and API ask for.
    void make_clients(Entry& entry, const Site& site, const SiteAccount& account) const;

    const HttpClientFactory make_http_;
    SiteAccounts& accounts_;
    SiteGates& gates_;
    const GatePorts ports_;
    const Millis http_timeout_;
    std::map<std::string, Entry> entries_;
};

}  // namespace pagepress::worker
