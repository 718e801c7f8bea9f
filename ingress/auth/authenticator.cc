#include "ingress/auth/authenticator.h"

#include "common/base/invariant.h"

namespace pagepress::ingress {

namespace {

constexpr std::size_t kKeyBytesMax = 256;

}  // namespace

std::string_view name_of(Denial denial) {
    switch (denial) {
        case Denial::kNoKey:
            return "no_key";
        case Denial::kUnknownKey:
            return "unknown_key";
        case Denial::kExpiredKey:
            return "expired_key";
        case Denial::kKeyOfOther:
            return "key_of_other";
        case Denial::kUnknownSubject:
            return "unknown_subject";
        case Denial::kSubjectDisabled:
            return "subject_disabled";
        case Denial::kSiteDisabled:
            return "site_disabled";
    }
    INVARIANT(false);
}

Permit<ApiKey> Authenticator::find_key(std::string_view presented) const {
    if (presented.empty()) return std::unexpected(Denial::kNoKey);
    if (presented.size() > kKeyBytesMax) return std::unexpected(Denial::kUnknownKey);
    const Sha256 digest = sha256(presented);
    auto key = catalog_.api_key(digest);
    if (key == nullptr || !equal_constant_time(key->digest, digest)) {
        return std::unexpected(Denial::kUnknownKey);
    }
    if (key->expires_at && *key->expires_at <= clock_.unix_now()) {
        return std::unexpected(Denial::kExpiredKey);
    }
    return key;
}

Permit<Rule> Authenticator::permit_rule(std::string_view presented, std::string_view rule_id)
    const {
    const auto key = find_key(presented);
    if (!key) return std::unexpected(key.error());
    if ((*key)->scope != ApiKey::Scope::kRule || (*key)->subject != rule_id) {
        return std::unexpected(Denial::kKeyOfOther);
    }
    auto rule = catalog_.rule(rule_id);
    if (rule == nullptr || rule->site != (*key)->site) {
        return std::unexpected(Denial::kUnknownSubject);
    }
    if (!rule->enabled) return std::unexpected(Denial::kSubjectDisabled);
    if (enabled_site(rule->site) == nullptr) return std::unexpected(Denial::kSiteDisabled);
    return rule;
}

Permit<Snapshot> Authenticator::permit_snapshot(
    std::string_view presented, std::string_view snapshot_id
) const {
    const auto key = find_key(presented);
    if (!key) return std::unexpected(key.error());
    if ((*key)->scope != ApiKey::Scope::kSnapshot || (*key)->subject != snapshot_id) {
        return std::unexpected(Denial::kKeyOfOther);
    }
    auto snapshot = catalog_.snapshot(snapshot_id);
    if (snapshot == nullptr || snapshot->site != (*key)->site) {
        return std::unexpected(Denial::kUnknownSubject);
    }
    if (!snapshot->enabled) return std::unexpected(Denial::kSubjectDisabled);
    if (enabled_site(snapshot->site) == nullptr) return std::unexpected(Denial::kSiteDisabled);
    return snapshot;
}

Permit<Site> Authenticator::permit_site(std::string_view presented) const {
    const auto key = find_key(presented);
    if (!key) return std::unexpected(key.error());
    if ((*key)->scope != ApiKey::Scope::kSite) return std::unexpected(Denial::kKeyOfOther);
    auto site = enabled_site((*key)->site);
    if (site == nullptr) return std::unexpected(Denial::kSiteDisabled);
    return site;
}

std::shared_ptr<const Site> Authenticator::enabled_site(std::string_view id) const {
    auto site = catalog_.site(id);
    return site != nullptr && site->enabled ? site : nullptr;
}

bool may_see(const ApiKey& key, const Job& job) {
    if (key.site != job.site) return false;
    switch (key.scope) {
        case ApiKey::Scope::kSite:
            return true;
        case ApiKey::Scope::kRule:
            return job.kind == JobKind::kRule && job.rule == key.subject;
        case ApiKey::Scope::kSnapshot:
            return job.kind == JobKind::kSnapshot && job.snapshot == key.subject;
    }
    INVARIANT(false);
}

}  // namespace pagepress::ingress
