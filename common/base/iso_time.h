// Points in time as ISO 8601 text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace pagepress {

/// Text in UTC, to the second: `2026-09-30T12:00:00Z`.
///
/// @param time  within the years 0 to 9999
[[nodiscard]] std::string iso_time(UnixMillis time);

/// Time of a text as Atlassian writes them: `2026-09-30T12:00:00.000Z`. Seconds and their fraction
/// may be missing (`X-RateLimit-Reset` comes without), and the zone is `Z`, `+01:00` or `+0100`
/// (Jira's fields). Empty if the text is none.
[[nodiscard]] std::optional<UnixMillis> parse_iso_time(std::string_view text);

}  // namespace pagepress
