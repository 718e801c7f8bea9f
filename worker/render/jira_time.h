// Dates and times as Jira writes them, and as people read them: always UTC.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"

namespace pagepress::worker {

/// A date, or an instant converted to UTC.
struct JiraTime {
    std::string date;   ///< `2026-11-03`
    std::string clock;  ///< `08:00`; empty for a date without a time
};

/// Reads `2026-11-03` or `2026-11-03T09:00:00.000+0100` (also `Z` and `+01:00`); none for any other
/// text.
[[nodiscard]] std::optional<JiraTime> parse_jira_time(std::string_view text);

/// `2026-11-03`, or `2026-11-03 08:00 UTC`.
[[nodiscard]] std::string text_of(const JiraTime& time);

/// The same for an instant: `2026-11-03 08:00 UTC`.
[[nodiscard]] JiraTime jira_time_of(UnixMillis instant);

}  // namespace pagepress::worker
