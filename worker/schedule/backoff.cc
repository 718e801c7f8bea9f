#include "worker/schedule/backoff.h"

#include <algorithm>

namespace pagepress::worker {

Millis next_backoff(const BackoffLimits& limits, Millis previous, Random& random) {
    const Millis high = std::max(limits.base, 3 * previous);
    const Millis wait(random.between(limits.base.count(), high.count()));
    return std::min(wait, limits.cap);
}

}  // namespace pagepress::worker
