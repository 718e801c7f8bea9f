// Time is injected: nothing but SystemClock reads the machine's clocks.
#pragma once

#include <chrono>

namespace pagepress {

using Millis = std::chrono::milliseconds;
using SteadyTime = std::chrono::steady_clock::time_point;
/// Milliseconds since the Unix epoch, UTC. Carried in records and statuses.
using UnixMillis = std::int64_t;

/// Where the time comes from. Thread-safe.
class Clock {
public:
    virtual ~Clock() = default;

    /// Monotonic time; for durations and deadlines.
    [[nodiscard]] virtual SteadyTime steady_now() const = 0;

    /// Wall-clock time [ms since the epoch, UTC]; for what people or other machines read.
    [[nodiscard]] virtual UnixMillis unix_now() const = 0;
};

/// The machine's clocks.
class SystemClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override;
    [[nodiscard]] UnixMillis unix_now() const override;
};

}  // namespace pagepress
