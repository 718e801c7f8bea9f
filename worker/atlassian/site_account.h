// How to reach the two products of a site: addresses and the Authorization header.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/base/mutex.h"
#include "common/base/secret_file.h"
#include "common/catalog/model.h"

namespace pagepress::worker {

/// The authorizations are secrets: never log them.
struct SiteAccount {
    std::string site;                           ///< site id, for messages
    std::string jira_url;                       ///< no trailing slash
    std::string confluence_url;                 ///< no trailing slash; ends in `/wiki` on Cloud
    std::string authorization;                  ///< value of the Authorization header
    std::string confluence_authorization = {};  ///< for Confluence; empty: the same

    [[nodiscard]] const std::string& for_confluence() const {
        return confluence_authorization.empty() ? authorization : confluence_authorization;
    }
};

/// Accounts of all sites, from their secret files: `email:token` or `user:password` for basic (RFC
/// 7617), the token for bearer (RFC 6750). A file that changes is read again within two seconds of
/// the next call, and one that has become unusable leaves the old secret in force (SecretFile).
/// Thread-safe.
class SiteAccounts {
public:
    /// @param clock  outlives the object
    explicit SiteAccounts(const Clock& clock) : clock_(clock) {}

    /// @errors  kCredentialsRejected  the file has never had a usable content: the whole site is
    ///                                affected, and a person can repair it;
    ///                                names the file, not the site
    [[nodiscard]] Result<SiteAccount> account(const Site& site);

private:
    [[nodiscard]] Result<std::string> authorization_of(Site::Auth auth, const std::string& path);

    const Clock& clock_;
    Mutex mutex_;
    /// By path, and by what the content has to be.
    std::map<std::pair<std::string, Site::Auth>, SecretFile> files_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
