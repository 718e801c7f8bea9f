// How many calls each site may make in a minute. One for all trigger threads of an ingress.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "common/base/cell_rate.h"
#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/catalog/model.h"

namespace pagepress::ingress {

/// A token bucket for each site that has a limit: it holds one minute's calls, so that a burst of
/// that size is taken at once, and fills evenly. Per process: several ingresses allow as many times
/// more. Any thread; a site without a limit costs nothing.
class SiteLimits {
public:
    /// Counts a call of `site`. Returns how long its caller must wait if it is over the limit, in
    /// which case it does not count.
    std::optional<std::chrono::seconds> take(const Site& site, SteadyTime now);

private:
    Mutex mutex_;
    std::map<std::string, CellRate, std::less<>> buckets_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::ingress
