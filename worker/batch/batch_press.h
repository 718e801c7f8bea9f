// A press of a batch: finds its jobs and puts them on Kafka.
#pragma once

#include "worker/press/press_run.h"

namespace pagepress::worker {

/// One press; used by one executor.
class BatchPress {
public:
    BatchPress(PressRun& run, PressPorts& ports, const PressLimits& limits, SiteClients clients)
        : run_(run), ports_(ports), limits_(limits), clients_(clients) {}

    /// The batch is done only when every job of it is acknowledged. Repeated, it puts the same jobs
    /// on Kafka again, which know by their ids that they were there before.
    Result<void> press(const Job& batch);

private:
    /// @return  false if the batch was called off meanwhile
    Result<bool> put(
        const Job& batch, const std::vector<Job>& children, const std::string& traceparent
    );
    [[nodiscard]] bool has_rule(const Job& batch) const;

    PressRun& run_;
    PressPorts& ports_;
    const PressLimits& limits_;
    SiteClients clients_;
};

}  // namespace pagepress::worker
