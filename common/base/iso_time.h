// Points in time as people read them.
#pragma once

#include <string>

#include "common/base/clock.h"

namespace pagepress {

/// ISO 8601 text in UTC, to the second: `2026-09-30T12:00:00Z`.
///
/// @param time  within the years 0 to 9999
[[nodiscard]] std::string iso_time(UnixMillis time);

}  // namespace pagepress
