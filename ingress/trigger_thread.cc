#include "ingress/trigger_thread.h"

#include <utility>

namespace pagepress::ingress {

namespace {

/// How long the first metadata may take before the thread serves without it.
constexpr std::chrono::milliseconds kWarmUpTimeout{1'000};
/// Time for clients that connected just before the end to be told that it is the end.
constexpr std::chrono::milliseconds kLastWords{100};

}  // namespace

Result<std::unique_ptr<TriggerThread>> TriggerThread::create(
    const TriggerThreadSettings& settings, const SharedParts& parts
) {
    auto made = std::unique_ptr<TriggerThread>(new TriggerThread(parts));
    TriggerThread* const self = made.get();
    auto producer =
        Producer::create(settings.kafka, settings.producer, [self](const Delivery& delivery) {
            self->service_->on_delivery(delivery);
        });
    if (!producer) return std::unexpected(producer.error());
    made->producer_ = *std::move(producer);
    made->jobs_topic_ = settings.trigger.jobs_topic;
    made->service_ = std::make_unique<TriggerService>(
        settings.trigger,
        TriggerPorts{
            .catalog = parts.catalog,
            .clock = parts.clock,
            .random = parts.random,
            .redis = parts.redis,
            .sink = *made->producer_,
            .readiness = parts.readiness,
            .limits = parts.limits,
            .metrics = parts.metrics,
            .post = [self](std::function<void()> work) { self->loop_.post(std::move(work)); },
        }
    );
    made->server_ = std::make_unique<HttpServer>(
        made->loop_,
        settings.http,
        [self](const HttpRequest& request, Responder responder) {
            self->service_->handle(request, std::move(responder));
        }
    );
    const auto port = made->server_->listen(settings.address);
    if (!port) return std::unexpected(port.error());
    made->port_ = *port;
    return made;
}

TriggerThread::~TriggerThread() {
    stop_now();
}

void TriggerThread::stop_now() {
    if (!thread_.joinable()) return;
    loop_.stop();
    thread_.join();
}

void TriggerThread::start() {
    loop_.watch(producer_->wake_fd(), [this] { producer_->poll(); });
    loop_.every(std::chrono::seconds(1), [this] {
        pending_count_.store(service_->pending_count(), std::memory_order_relaxed);
    });
    loop_.every(kStatusWaitTick, [this] { service_->serve_waits(); });
    loop_.every(SecretFile::kLookInterval, [this] { service_->look_at_secrets(); });
    loop_.every(kKeyUseReportEvery, [this] { service_->report_key_uses(); });
    thread_ = std::thread([this] { run(); });
}

void TriggerThread::run() {
    // Without it the first trigger waits for connections and metadata (librdkafka #5032).
    static_cast<void>(producer_->partitions_of(jobs_topic_, kWarmUpTimeout));
    loop_.run();
}

void TriggerThread::begin_drain(SteadyTime deadline) {
    loop_.post([this, deadline] {
        server_->stop_accepting();
        service_->report_key_uses();
        service_->end_waits();
        drain_until(deadline);
    });
}

void TriggerThread::drain_until(SteadyTime deadline) {
    const SteadyTime earliest = clock_.steady_now() + kLastWords;
    loop_.every(std::chrono::milliseconds(10), [this, earliest, deadline] {
        const SteadyTime now = clock_.steady_now();
        const bool is_done = service_->pending_count() == 0 && now >= earliest;
        if (is_done || now >= deadline) loop_.stop();
    });
}

std::size_t TriggerThread::join() {
    thread_.join();
    return service_->pending_count();
}

}  // namespace pagepress::ingress
