// SharedGates in Redis.
#pragma once

#include <span>

#include "common/redis/redis.h"
#include "worker/limits/gate.h"

namespace pagepress::worker {

/// Thread-safe; never waits for Redis, and what does not reach it is lost: each worker has its own
/// gates.
class RedisGates final : public SharedGates {
public:
    /// `redis` outlives it.
    explicit RedisGates(Redis& redis) : redis_(redis) {}

    void close(const std::string& site, const SharedGate& gate) override;
    void open(const std::string& site, Endpoint endpoint) override;

private:
    Redis& redis_;
};

/// Gate from {endpoint, kind, closings, reason}, as scripts answer; unknown words are a newer
/// worker's.
[[nodiscard]] SharedGate gate_from(std::span<const RedisReply> items);

}  // namespace pagepress::worker
