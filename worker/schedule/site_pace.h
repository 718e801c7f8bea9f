// Port to what says how fast a site's pages may be pressed.
#pragma once

#include <optional>
#include <string>

#include "common/base/clock.h"

namespace pagepress::worker {

/// Never blocks. Asked by the scheduler before each press, and told when it has ended.
class SitePace {
public:
    virtual ~SitePace() = default;

    /// May a press of this key of the site begin? If so, it counts as running until `end`.
    /// @return  empty: it begins. Else when to ask again, later than `now`; the end of a running
    ///          press may change the answer before that
    virtual std::optional<SteadyTime> begin(
        const std::string& site, const std::string& key, SteadyTime now
    ) = 0;

    virtual void end(const std::string& site, const std::string& key) = 0;
};

}  // namespace pagepress::worker
