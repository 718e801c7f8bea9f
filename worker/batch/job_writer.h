// Port: puts jobs on Kafka.
#pragma once

#include <string>
#include <vector>

#include "common/base/error.h"
#include "common/job/job.h"

namespace pagepress::worker {

/// Thread-safe; calls wait for each other.
class JobWriter {
public:
    virtual ~JobWriter() = default;

    /// Returns when every job has its delivery report; blocks for about the delivery time-out of
    /// Kafka's producer at most.
    ///
    /// @param traceparent  of what the jobs come from, for their record headers; empty: none
    /// @errors  kUnavailable  not every job was acknowledged; each of them may be there all the
    /// same
    virtual Result<void> write(const std::vector<Job>& jobs, const std::string& traceparent) = 0;
};

}  // namespace pagepress::worker
