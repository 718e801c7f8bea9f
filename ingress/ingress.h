// The whole ingress, put together: catalog follower, Redis, trigger threads, admin thread, probe.
#pragma once

#include <cstdint>
#include <memory>

#include "common/base/error.h"
#include "ingress/settings.h"

namespace pagepress::ingress {

/// Started and stopped by the main thread.
class Ingress {
public:
    /// Starts every part. Kafka and Redis need not be up: readiness tells.
    ///
    /// @errors  kInvalidInput  an address that cannot be bound, a property that librdkafka refuses
    static Result<std::unique_ptr<Ingress>> start(const IngressSettings& settings);

    ~Ingress();
    Ingress(const Ingress&) = delete;
    Ingress& operator=(const Ingress&) = delete;

    /// Not ready from here on, no new connections; waits for pending replies, at most `drain_max`.
    /// Returns how many callers got no reply.
    std::size_t stop();

    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::uint16_t admin_port() const;

private:
    class Parts;
    explicit Ingress(std::unique_ptr<Parts> parts);
    std::unique_ptr<Parts> parts_;
};

}  // namespace pagepress::ingress
