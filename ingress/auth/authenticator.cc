#include "ingress/auth/authenticator.h"

#include <utility>

#include "common/base/invariant.h"

namespace pagepress::ingress {

namespace {

constexpr std::size_t kKeyBytesMax = 256;
/// Compared with and looked up where there is nothing else, for the sake of the work alone.
constexpr Sha256 kNoDigest{};
constexpr std::string_view kNoSite;

/// Id of the site that the call is about.
template <typename T>
std::string_view site_of(const Evidence<T>& evidence) {
    if (evidence.subject != nullptr) return evidence.subject->site;
    return evidence.key.key != nullptr ? std::string_view(evidence.key.key->site) : kNoSite;
}

bool is_open(const std::shared_ptr<const Site>& site) {
    return site != nullptr && site->enabled;
}

/// What is wrong with the key itself, if anything is.
std::optional<Denial> denial_of(const KeyEvidence& evidence) {
    if (!evidence.is_presented) return Denial::kNoKey;
    if (evidence.key == nullptr) return Denial::kUnknownKey;
    const auto expires_at = evidence.key->expires_at;
    if (expires_at && *expires_at <= evidence.at) return Denial::kExpiredKey;
    return std::nullopt;
}

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
        case Denial::kNoSecret:
            return "no_webhook_secret";
        case Denial::kNoSignature:
            return "no_signature";
        case Denial::kWrongSignature:
            return "wrong_signature";
    }
    INVARIANT(false);
}

KeyEvidence Authenticator::evidence_of(std::string_view presented) const {
    const Sha256 digest = sha256(presented.substr(0, kKeyBytesMax));
    auto key = catalog_.api_key(digest);
    const bool is_equal = equal_constant_time(key ? key->digest : kNoDigest, digest);
    if (!is_equal || presented.size() > kKeyBytesMax) key = nullptr;
    return {.is_presented = !presented.empty(), .key = std::move(key), .at = clock_.unix_now()};
}

Evidence<Rule> Authenticator::evidence_for_rule(
    std::string_view presented, std::string_view rule_id
) const {
    Evidence<Rule> evidence{
        .key = evidence_of(presented), .subject = catalog_.rule(rule_id), .site = nullptr};
    evidence.site = catalog_.site(site_of(evidence));
    return evidence;
}

Evidence<Snapshot> Authenticator::evidence_for_snapshot(
    std::string_view presented, std::string_view snapshot_id
) const {
    Evidence<Snapshot> evidence{
        .key = evidence_of(presented), .subject = catalog_.snapshot(snapshot_id), .site = nullptr};
    evidence.site = catalog_.site(site_of(evidence));
    return evidence;
}

template <typename T>
Permit<T> Authenticator::decide(
    Evidence<T> evidence, ApiKey::Scope scope, std::string_view subject_id
) const {
    if (const auto denial = denial_of(evidence.key)) return std::unexpected(*denial);
    const ApiKey& key = *evidence.key.key;
    if (key.scope != scope || key.subject != subject_id) {
        return std::unexpected(Denial::kKeyOfOther);
    }
    if (evidence.subject == nullptr || evidence.subject->site != key.site) {
        return std::unexpected(Denial::kUnknownSubject);
    }
    if (!evidence.subject->enabled) return std::unexpected(Denial::kSubjectDisabled);
    if (!is_open(evidence.site)) return std::unexpected(Denial::kSiteDisabled);
    uses_.note(key.id, evidence.key.at);
    return Admission<T>{
        .subject = std::move(evidence.subject),
        .key = std::move(evidence.key.key),
        .site = std::move(evidence.site),
    };
}

Permit<Rule> Authenticator::permit_rule(std::string_view presented, std::string_view rule_id)
    const {
    return decide(evidence_for_rule(presented, rule_id), ApiKey::Scope::kRule, rule_id);
}

Permit<Snapshot> Authenticator::permit_snapshot(
    std::string_view presented, std::string_view snapshot_id
) const {
    return decide(
        evidence_for_snapshot(presented, snapshot_id), ApiKey::Scope::kSnapshot, snapshot_id
    );
}

Permit<Site> Authenticator::permit_site(std::string_view presented) const {
    KeyEvidence evidence = evidence_of(presented);
    auto site = catalog_.site(evidence.key ? std::string_view(evidence.key->site) : kNoSite);
    if (const auto denial = denial_of(evidence)) return std::unexpected(*denial);
    if (evidence.key->scope != ApiKey::Scope::kSite) return std::unexpected(Denial::kKeyOfOther);
    if (!is_open(site)) return std::unexpected(Denial::kSiteDisabled);
    uses_.note(evidence.key->id, evidence.at);
    return Admission<Site>{.subject = site, .key = std::move(evidence.key), .site = site};
}

std::expected<std::shared_ptr<const ApiKey>, Denial> Authenticator::find_key(
    std::string_view presented
) const {
    KeyEvidence evidence = evidence_of(presented);
    if (const auto denial = denial_of(evidence)) return std::unexpected(*denial);
    uses_.note(evidence.key->id, evidence.at);
    return std::move(evidence.key);
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
