// The worker's private listener: /healthz, /readyz, /metrics, /doctor, /debug/presses; on a thread
// of its own.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "common/base/metrics.h"
#include "common/http_server/http_server.h"
#include "worker/doctor.h"

namespace pagepress::worker {

/// Answers until it dies.
class Health {
public:
    /// What keeps the worker from working, one sentence; empty if nothing does. Any thread.
    using Readiness = std::function<std::string()>;

    /// JSON for GET /debug/presses. The listener's thread.
    using Report = std::function<std::string()>;

    /// @param examinations  what GET /doctor tells
    Health(
        const Metrics& metrics,
        const Clock& clock,
        Readiness readiness,
        Report presses,
        Doctor::Examinations examinations
    );
    ~Health();
    Health(const Health&) = delete;
    Health& operator=(const Health&) = delete;

    /// Starts to serve. Returns the port.
    /// @errors  kInvalidInput  the address cannot be bound
    Result<std::uint16_t> start(const std::string& address);

private:
    void answer(const HttpRequest& request, Responder responder);

    const Metrics& metrics_;
    const Readiness readiness_;
    const Report presses_;
    EventLoop loop_;
    HttpServer server_;
    Doctor doctor_;
    std::jthread thread_;
};

}  // namespace pagepress::worker
