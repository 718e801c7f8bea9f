// The audit event of a change of the catalog: what, by whom, and what is different.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "common/audit/audit_event.h"
#include "common/catalog/catalog.h"

namespace pagepress::ingress {

struct CatalogChange {
    EntryKind kind = EntryKind::kSite;
    std::string_view id;
    std::string_view document;  ///< empty: the entry was removed
    std::string_view admin;
    std::string_view action;  ///< `regenerated`; empty: created, updated or removed, as it is
};

/// `changed` holds the members that are different, `{"page.title":{"from":…,"to":…}}`, cut where
/// they are long, and at most 50 of them. Of a key nothing but its name, scope and expiry is told.
///
/// @param before    the entry before; empty: there was none
/// @param revision  the entry's new revision
[[nodiscard]] AuditEvent change_event(
    const CatalogChange& change,
    const std::optional<StoredEntry>& before,
    std::int64_t revision,
    UnixMillis now
);

}  // namespace pagepress::ingress
