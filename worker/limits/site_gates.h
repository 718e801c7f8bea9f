// Gates: a site that asked us to wait, or that does not know our credentials any more, is left
// alone by all executors until a time.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/base/metrics.h"
#include "common/base/mutex.h"

namespace pagepress::worker {

struct ClosedGate {
    SteadyTime until;
    std::string reason;
};

/// Gates of this process; the shared copy in Redis is read with every lease. Thread-safe.
class SiteGates {
public:
    SiteGates(const Clock& clock, Metrics& metrics) : clock_(clock), metrics_(metrics) {}

    /// Closes a site's gate until `until`; a gate that is closed for longer stays so.
    /// @return  whether it was open
    bool close(const std::string& site, SteadyTime until, const std::string& reason);

    /// The gate of a site while it is closed.
    [[nodiscard]] std::optional<ClosedGate> closed(std::string_view site) const;

private:
    const Clock& clock_;
    Metrics& metrics_;
    mutable Mutex mutex_;
    std::map<std::string, ClosedGate, std::less<>> gates_ GUARDED_BY(mutex_);
};

}  // namespace pagepress::worker
