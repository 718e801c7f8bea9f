// Lengths of time as people write them: `30m`, `1h30m`, `45s`, `2d`.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress {

/// Longest length of time that `parse_duration` takes.
inline constexpr std::chrono::milliseconds kDurationMax = std::chrono::hours(24 * 366);

/// Reads whole numbers with the units `d`, `h`, `m`, `s` and `ms`, the largest first, each at most
/// once and without blanks between them; 0 to 366 days.
///
/// @errors  kInvalidInput  anything else; the message does not name the field it stood in
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

/// The shortest such text: `1h30m`; `0s` for nothing.
[[nodiscard]] std::string duration_text(std::chrono::milliseconds duration);

}  // namespace pagepress
