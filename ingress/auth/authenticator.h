// Decides from a presented key what its caller may do. One per trigger thread.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/catalog/catalog.h"
#include "common/job/job.h"
#include "ingress/auth/key_uses.h"

namespace pagepress::ingress {

/// Why a call is refused. For the log only: the caller gets the same answer for each of them.
enum class Denial {
    kNoKey,
    kUnknownKey,
    kExpiredKey,
    kKeyOfOther,       ///< a key, but of another scope or subject
    kUnknownSubject,   ///< no such rule or snapshot
    kSubjectDisabled,  ///< its own switch is off
    kSiteDisabled,     ///< the site switch is off, or the site is gone
    kNoSecret,         ///< an event for a site whose webhook secret is not known here
    kNoSignature,      ///< an event without a signature in a form that we know
    kWrongSignature,   ///< an event that was not signed with the site's secret
};

/// Stable snake_case word for logs and metrics.
[[nodiscard]] std::string_view name_of(Denial denial);

/// What a key opened; stands for the subject. Nothing in it is null.
template <typename T>
struct Admission {
    std::shared_ptr<const T> subject;
    std::shared_ptr<const ApiKey> key;
    std::shared_ptr<const Site> site;

    const T* operator->() const { return subject.get(); }
};

template <typename T>
using Permit = std::expected<Admission<T>, Denial>;

/// What is known about a presented key: all of it is found out whatever the key is, so that the
/// work does not tell a caller how far his call got.
struct KeyEvidence {
    bool is_presented = false;
    std::shared_ptr<const ApiKey> key{};  ///< null: none with this secret
    UnixMillis at = 0;                    ///< when it was presented
};

/// The same of the rule or snapshot that is asked for, and of its site.
template <typename T>
struct Evidence {
    KeyEvidence key;
    std::shared_ptr<const T> subject;  ///< null: none with this id
    std::shared_ptr<const Site> site;  ///< the subject's, else the key's; null: neither has one
};

/// Keys are looked up by their SHA-256, so that timing tells nothing about the keys themselves.
/// Each `permit_…` hashes once, looks into the catalog as often as its last line says, and decides
/// only then.
class Authenticator {
public:
    /// References outlive the authenticator.
    ///
    /// @param uses  is told of every key that opened something
    Authenticator(const Catalog& catalog, const Clock& clock, KeyUses& uses)
        : catalog_(catalog), clock_(clock), uses_(uses) {}

    /// The key itself, if it is valid at all. One look-up.
    [[nodiscard]] std::expected<std::shared_ptr<const ApiKey>, Denial> find_key(
        std::string_view presented
    ) const;

    /// The rule, if the key is one of its own and rule and site are switched on. Three look-ups.
    [[nodiscard]] Permit<Rule> permit_rule(std::string_view presented, std::string_view rule_id)
        const;

    /// The snapshot, likewise. Three look-ups.
    [[nodiscard]] Permit<Snapshot> permit_snapshot(
        std::string_view presented, std::string_view snapshot_id
    ) const;

    /// The site whose global key this is, if the site is switched on. Two look-ups.
    [[nodiscard]] Permit<Site> permit_site(std::string_view presented) const;

    /// What `permit_rule` and `permit_snapshot` decide from.
    [[nodiscard]] Evidence<Rule> evidence_for_rule(
        std::string_view presented, std::string_view rule_id
    ) const;
    [[nodiscard]] Evidence<Snapshot> evidence_for_snapshot(
        std::string_view presented, std::string_view snapshot_id
    ) const;

private:
    [[nodiscard]] KeyEvidence evidence_of(std::string_view presented) const;

    template <typename T>
    [[nodiscard]] Permit<T> decide(
        Evidence<T> evidence, ApiKey::Scope scope, std::string_view subject_id
    ) const;

    const Catalog& catalog_;
    const Clock& clock_;
    KeyUses& uses_;
};

/// Whether the holder of `key` may see the status of `job`: a key of the same subject, or the
/// global key of its site.
[[nodiscard]] bool may_see(const ApiKey& key, const Job& job);

}  // namespace pagepress::ingress
