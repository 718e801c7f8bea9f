// Decides from a presented key what its caller may do. Any thread.
#pragma once

#include <expected>
#include <memory>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/digest.h"
#include "common/catalog/catalog.h"
#include "common/job/job.h"

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
};

/// Stable snake_case word for logs and metrics.
[[nodiscard]] std::string_view name_of(Denial denial);

template <typename T>
using Permit = std::expected<std::shared_ptr<const T>, Denial>;

/// Keys are looked up by their SHA-256, so that timing tells nothing about the keys themselves.
class Authenticator {
public:
    /// `catalog` and `clock` outlive the authenticator.
    Authenticator(const Catalog& catalog, const Clock& clock) : catalog_(catalog), clock_(clock) {}

    /// The key itself, if it is valid at all.
    [[nodiscard]] Permit<ApiKey> find_key(std::string_view presented) const;

    /// The rule, if the key is one of its own and rule and site are switched on.
    [[nodiscard]] Permit<Rule> permit_rule(std::string_view presented, std::string_view rule_id)
        const;

    /// The snapshot, likewise.
    [[nodiscard]] Permit<Snapshot> permit_snapshot(
        std::string_view presented, std::string_view snapshot_id
    ) const;

    /// The site whose global key this is, if the site is switched on.
    [[nodiscard]] Permit<Site> permit_site(std::string_view presented) const;

private:
    [[nodiscard]] std::shared_ptr<const Site> enabled_site(std::string_view id) const;

    const Catalog& catalog_;
    const Clock& clock_;
};

/// Whether the holder of `key` may see the status of `job`: a key of the same subject, or the
/// global key of its site.
[[nodiscard]] bool may_see(const ApiKey& key, const Job& job);

}  // namespace pagepress::ingress
