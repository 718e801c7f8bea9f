// One trigger thread: its own loop, listening socket (SO_REUSEPORT), producer and pending replies.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "common/http_server/http_server.h"
#include "common/kafka/producer.h"
#include "ingress/http/trigger_service.h"

namespace pagepress::ingress {

/// What all trigger threads share; everything outlives them.
struct SharedParts {
    const Catalog& catalog;
    const Clock& clock;
    Random& random;
    Redis& redis;
    const Readiness& readiness;
    SiteLimits& limits;
    IngressMetrics& metrics;
};

struct TriggerThreadSettings {
    std::string address;
    HttpLimits http;
    KafkaSettings kafka;
    ProducerLimits producer;
    TriggerSettings trigger;
};

/// Constructed, started and stopped by the main thread.
class TriggerThread {
public:
    /// Listens, but serves only from `start` on.
    ///
    /// @errors  kInvalidInput  the address, or a property that librdkafka refuses
    static Result<std::unique_ptr<TriggerThread>> create(
        const TriggerThreadSettings& settings, const SharedParts& parts
    );

    ~TriggerThread();

    TriggerThread(const TriggerThread&) = delete;
    TriggerThread& operator=(const TriggerThread&) = delete;

    void start();

    /// Stops accepting; the thread ends when every pending reply is sent, at `deadline` at latest.
    void begin_drain(SteadyTime deadline);

    /// Ends the thread at once if it still runs.
    void stop_now();

    /// Waits for the thread's end. Returns how many callers got no reply.
    std::size_t join();

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// Any thread; as of about a second ago.
    [[nodiscard]] std::size_t pending_count() const {
        return pending_count_.load(std::memory_order_relaxed);
    }

    [[nodiscard]] std::size_t connection_count() const { return server_->connection_count(); }

    [[nodiscard]] std::map<int, std::uint64_t> replies_by_status() const {
        return server_->replies_by_status();
    }

private:
    explicit TriggerThread(const SharedParts& parts) : clock_(parts.clock) {}

    void run();
    void drain_until(SteadyTime deadline);

    const Clock& clock_;
    EventLoop loop_;
    std::unique_ptr<Producer> producer_;
    std::unique_ptr<TriggerService> service_;
    std::unique_ptr<HttpServer> server_;
    std::string jobs_topic_;
    std::uint16_t port_ = 0;
    std::atomic<std::size_t> pending_count_ = 0;
    std::thread thread_;
};

}  // namespace pagepress::ingress
