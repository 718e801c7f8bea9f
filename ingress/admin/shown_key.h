// API keys as the admin API shows them: everything but their digests.
#pragma once

#include <optional>
#include <string_view>

#include <boost/json/object.hpp>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"

namespace pagepress::ingress {

/// The key of a catalog entry.
[[nodiscard]] ApiKey read_stored_key(std::string_view id, const StoredEntry& entry);

/// Adds `<name>_at` [ms since the epoch] and `<name>` (ISO 8601); nothing for no time.
void add_time(boost::json::object& out, std::string_view name, std::optional<UnixMillis> time);

/// Members of a key. What is not known is left out.
///
/// @param now        decides whether the key is expired
/// @param last_used  empty: not known
[[nodiscard]] boost::json::object shown_key(
    const ApiKey& key, UnixMillis now, std::optional<UnixMillis> last_used
);

}  // namespace pagepress::ingress
