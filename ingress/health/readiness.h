// What decides whether the ingress can take triggers now. Shared by all its threads.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/mutex.h"
#include "common/catalog/catalog.h"

namespace pagepress::ingress {

/// Thread-safe.
class Readiness {
public:
    /// `catalog` and `clock` outlive it.
    /// @param stale_max  longest time since the catalog was known to be complete: the bound for
    ///                   how long a revoked key still works
    Readiness(const Catalog& catalog, const Clock& clock, Millis stale_max)
        : catalog_(catalog), clock_(clock), stale_max_(stale_max) {}

    /// Kafka's state as the probe saw it; an empty problem: it answers and the topics exist. Once
    /// it has come back, the catalog must be confirmed anew: what was last confirmed is from
    /// before.
    void set_kafka_problem(std::string problem);

    /// The process is on its way out: from now on never ready.
    void begin_shutdown() { is_shutting_down_.store(true, std::memory_order_relaxed); }

    /// Cheap: asked for every trigger.
    [[nodiscard]] bool is_ready() const;

    /// Whether the catalog is known to be complete, so that a key that was revoked is not in it.
    /// Cheap.
    [[nodiscard]] bool is_catalog_confirmed() const;

    /// One sentence per reason; empty if ready.
    [[nodiscard]] std::vector<std::string> problems() const;

private:
    const Catalog& catalog_;
    const Clock& clock_;
    const Millis stale_max_;
    std::atomic<bool> is_shutting_down_ = false;
    std::atomic<bool> is_kafka_up_ = false;
    std::atomic<SteadyTime> up_since_{};
    mutable Mutex mutex_;
    std::string kafka_problem_ GUARDED_BY(mutex_) = "Kafka has not answered yet.";
};

}  // namespace pagepress::ingress
