// What an answer says about the limits of its site.
#pragma once

#include <optional>

#include "common/base/clock.h"
#include "common/http_client/http_client.h"

namespace pagepress::worker {

/// The calls that a site still takes from all its callers.
struct RateHint {
    std::int64_t remaining = 0;
    Millis refill{0};  ///< after so long there are more; > 0
};

/// The hint in an answer's headers, if a limit is near: less than a fifth is left, or the answer
/// says so itself. Read are `X-RateLimit-Limit`, `-Remaining`, `-Reset`, `-NearLimit` (Cloud),
/// `-FillRate`, `-Interval-Seconds` (Data Center) and `RateLimit` with `r` and `t`, with and
/// without the prefix `Beta-`.
///
/// @param now  wall-clock time, for resets
[[nodiscard]] std::optional<RateHint> rate_hint_of(const HttpAnswer& answer, UnixMillis now);

/// Whether a 429 is about a quota that all calls of our account or app share.
[[nodiscard]] bool is_quota_spent(const HttpAnswer& answer);

}  // namespace pagepress::worker
