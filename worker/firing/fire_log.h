// Port: what was decided last for each schedule, kept for the worker that owns them next.
#pragma once

#include <map>
#include <string>

#include "common/base/clock.h"
#include "common/base/error.h"

namespace pagepress::worker {

/// Nominal time of the last fire that was decided, by schedule: fired, left out, or passed over
/// while the schedule was off.
using DecidedTimes = std::map<std::string, UnixMillis>;

/// Used by the firing thread.
class FireLog {
public:
    virtual ~FireLog() = default;

    /// What was saved last; empty if nothing was, or if it was lost.
    /// @errors  kUnavailable  it cannot be read now
    virtual Result<DecidedTimes> load() = 0;

    /// Replaces what is saved. Never blocks; may be lost.
    virtual void save(const DecidedTimes& times) = 0;
};

}  // namespace pagepress::worker
