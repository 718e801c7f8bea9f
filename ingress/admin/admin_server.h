// The private listener: its loop answers health and metrics at once, and refuses whoever has no
// admin token; admin calls, which may wait for Kafka, have a thread of their own, so that no probe
// waits for them.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "common/base/mutex.h"
#include "common/http_server/event_loop.h"
#include "common/http_server/http_server.h"
#include "ingress/admin/admin_service.h"
#include "ingress/http/status_waits.h"

namespace pagepress::ingress {

/// Started and destroyed by one thread. Admin calls are executed one after the other.
class AdminServer {
public:
    /// Admin calls that may wait for their turn; over it: 503.
    static constexpr std::size_t kWaitingMax = 64;

    /// References outlive it, and `redis` is stopped before it is destroyed.
    AdminServer(AdminService& service, Redis& redis, const Clock& clock);

    ~AdminServer() { stop(); }

    AdminServer(const AdminServer&) = delete;
    AdminServer& operator=(const AdminServer&) = delete;

    /// Runs `work` on the loop, beside whatever call is under way, about every `period`; it must
    /// not wait for anything. To be called before `start`.
    void every(std::chrono::milliseconds period, std::function<void()> work);

    /// Listens on `address` and serves. Returns the port.
    ///
    /// @errors  kInvalidInput  the address cannot be bound
    Result<std::uint16_t> start(const std::string& address);

    /// Waits for the call under way; those behind it get no answer, and whoever waits for a status
    /// is told what is known. To be called before what the service uses goes away.
    void stop();

private:
    void handle(const HttpRequest& request, Responder responder);
    [[nodiscard]] bool enqueue(std::function<void()> call);
    std::optional<std::function<void()>> next_call();

    AdminService& service_;
    EventLoop loop_;
    StatusWaits waits_;  ///< the loop's
    HttpServer server_;
    Mutex mutex_;
    CondVar changed_;
    std::deque<std::function<void()>> waiting_ GUARDED_BY(mutex_);
    bool is_stopping_ GUARDED_BY(mutex_) = false;
    std::thread loop_thread_;
    std::thread call_thread_;
};

}  // namespace pagepress::ingress
