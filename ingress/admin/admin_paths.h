// The routes of the private listener as a table: what is answered, what is described and what the
// methods are, in one place. Pure.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "common/catalog/catalog.h"

namespace pagepress::ingress {

enum class AdminPath {
    kHealth,
    kReady,
    kMetrics,
    kDescription,
    kEntries,
    kEntry,
    kScheduleTimes,
    kKeys,
    kKey,
    kRegenerate,
    kProlong,
    kTopics,
    kDoctor,
    kDeadLetters,
    kRedrive,
    kDeadLetter,
    kAudit,
    kJob,
    kBatches,
    kBatch,
};

/// A row of the table.
struct AdminRoute {
    AdminPath path;
    std::string_view pattern;           ///< see `part_in`
    std::string_view methods;           ///< that it takes, as `Allow` lists them
    EntryKind kind = EntryKind::kSite;  ///< kEntries, kEntry
};

/// All routes of the private listener.
[[nodiscard]] std::span<const AdminRoute> admin_routes();

struct AdminMatch {
    const AdminRoute* route = nullptr;  ///< null: there is nothing at the address
    std::string id = {};  ///< decoded `{id}` part; empty if its percent-encoding is broken
};

[[nodiscard]] AdminMatch match_admin_path(std::string_view path);

}  // namespace pagepress::ingress
