// Secret file → Authorization header.
#include "worker/atlassian/site_account.h"

#include <algorithm>
#include <span>
#include <string_view>

#include "common/base/digest.h"

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

Result<void> check_secret(Site::Auth auth, const std::string& path, std::string_view secret) {
    const bool is_basic = auth == Site::Auth::kBasic;
    const auto colon = secret.find(':');
    const bool has_pair = colon != std::string_view::npos && colon > 0 && colon + 1 < secret.size();
    if (std::ranges::all_of(secret, is_printable) && (!is_basic || has_pair)) return {};
    return fail(
        ErrorCode::kInvalidInput,
        "the secret file '" + path + "' must hold one " + (is_basic ? "'email:token'" : "token") +
            " without spaces or line breaks"
    );
}

}  // namespace

Result<SiteAccount> SiteAccounts::account(const Site& site) {
    const auto secret = secret_of(site);
    if (!secret) return fail(ErrorCode::kCredentialsRejected, secret.error().message);
    const bool is_basic = site.auth == Site::Auth::kBasic;
    return SiteAccount{
        .site = site.id,
        .jira_url = without_slashes(site.jira_url),
        .confluence_url = without_slashes(site.confluence_url),
        .authorization = is_basic ? "Basic " + base64(*secret) : "Bearer " + *secret};
}

Result<std::string> SiteAccounts::secret_of(const Site& site) {
    const MutexLock lock(mutex_);
    const auto check = [auth = site.auth, path = site.secret_file](std::string_view secret) {
        return check_secret(auth, path, secret);
    };
    const auto [file, is_new] =
        files_.try_emplace({site.secret_file, site.auth}, site.secret_file, check, clock_);
    return file->second.secret();
}

}  // namespace pagepress::worker
