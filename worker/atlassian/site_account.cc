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
        "the secret file '" + path + "' must hold one " +
            (is_basic ? "'email:token' (or 'user:password')" : "token") +
            " without spaces or line breaks"
    );
}

}  // namespace

Result<SiteAccount> SiteAccounts::account(const Site& site) {
    auto authorization = authorization_of(site.auth, site.secret_file);
    if (!authorization) return std::unexpected(std::move(authorization.error()));
    SiteAccount account{
        .site = site.id,
        .jira_url = without_slashes(site.jira_url),
        .confluence_url = without_slashes(site.confluence_url),
        .authorization = *std::move(authorization)};
    if (site.confluence_secret_file.empty()) return account;
    auto for_confluence = authorization_of(site.auth, site.confluence_secret_file);
    if (!for_confluence) return std::unexpected(std::move(for_confluence.error()));
    account.confluence_authorization = *std::move(for_confluence);
    return account;
}

Result<std::string> SiteAccounts::authorization_of(Site::Auth auth, const std::string& path) {
    const MutexLock lock(mutex_);
    const auto check = [auth, path](std::string_view secret) {
        return check_secret(auth, path, secret);
    };
    const auto [file, is_new] = files_.try_emplace({path, auth}, path, check, clock_);
    const auto& secret = file->second.secret();
    if (!secret) return fail(ErrorCode::kCredentialsRejected, secret.error().message);
    return auth == Site::Auth::kBasic ? "Basic " + base64(*secret) : "Bearer " + *secret;
}

}  // namespace pagepress::worker
