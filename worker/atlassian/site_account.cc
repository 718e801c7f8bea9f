// Secret file → Authorization header.
#include "worker/atlassian/site_account.h"

#include <algorithm>
#include <span>

#include "common/base/digest.h"
#include "common/base/options.h"

namespace pagepress::worker {

namespace {

bool is_printable(char c) {
    return static_cast<unsigned char>(c) > 0x20 && static_cast<unsigned char>(c) != 0x7F;
}

std::string without_slashes(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

std::string base64(const std::string& text) {
    return to_base64(std::span(reinterpret_cast<const unsigned char*>(text.data()), text.size()));
}

}  // namespace

Result<SiteAccount> load_account(const Site& site) {
    const auto secret = read_secret_file(site.secret_file);
    if (!secret) {
        return fail(
            ErrorCode::kCredentialsRejected, "site '" + site.id + "': " + secret.error().message
        );
    }
    const bool is_basic = site.auth == Site::Auth::kBasic;
    const auto colon = secret->find(':');
    const bool has_pair = colon != std::string::npos && colon > 0 && colon + 1 < secret->size();
    if (!std::all_of(secret->begin(), secret->end(), is_printable) || (is_basic && !has_pair)) {
        return fail(
            ErrorCode::kCredentialsRejected,
            "site '" + site.id + "': the secret file '" + site.secret_file + "' must hold one " +
                (is_basic ? "'email:token'" : "token") + " without spaces or line breaks"
        );
    }
    return SiteAccount{
        .site = site.id,
        .jira_url = without_slashes(site.jira_url),
        .confluence_url = without_slashes(site.confluence_url),
        .authorization = is_basic ? "Basic " + base64(*secret) : "Bearer " + *secret};
}

}  // namespace pagepress::worker
