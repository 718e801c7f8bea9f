// How to reach the two products of a site: addresses and the Authorization header.
#pragma once

#include <string>

#include "common/base/error.h"
#include "common/catalog/model.h"

namespace pagepress::worker {

/// `authorization` is a secret: never log it.
struct SiteAccount {
    std::string site;            ///< site id, for messages
    std::string jira_url;        ///< no trailing slash
    std::string confluence_url;  ///< no trailing slash; ends in `/wiki` on Cloud
    std::string authorization;   ///< value of the Authorization header
};

/// Account of a site from its secret file: `email:token` for basic (RFC 7617), the token for bearer
/// (RFC 6750).
///
/// @errors  kCredentialsRejected  the file cannot be read, or its content cannot be what it must
///                                be: the whole site is affected, and a person can repair it
[[nodiscard]] Result<SiteAccount> load_account(const Site& site);

}  // namespace pagepress::worker
