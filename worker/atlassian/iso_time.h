// Points in time as Atlassian writes them.
#pragma once

#include <optional>
#include <string_view>

#include "common/base/clock.h"

namespace pagepress::worker {

/// Time of an ISO 8601 text: `2026-09-30T12:00:00.000Z`. Seconds and their fraction may be missing
/// (`X-RateLimit-Reset` comes without), and the zone is `Z`, `+01:00` or `+0100` (Jira's fields).
[[nodiscard]] std::optional<UnixMillis> parse_iso_time(std::string_view text);

}  // namespace pagepress::worker
