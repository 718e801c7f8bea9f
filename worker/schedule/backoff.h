// How long to wait before the next attempt.
#pragma once

#include "common/base/clock.h"
#include "common/base/random.h"

namespace pagepress::worker {

struct BackoffLimits {
    Millis base{500};
    Millis cap{60'000};
};

/// Decorrelated jitter: uniform in [base, 3 × previous], capped. `previous` 0 means the first wait.
/// @source  AWS Architecture Blog, "Exponential Backoff And Jitter" (2015)
[[nodiscard]] Millis next_backoff(const BackoffLimits& limits, Millis previous, Random& random);

}  // namespace pagepress::worker
