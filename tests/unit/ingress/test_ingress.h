// The ingress core behind real sockets, with Kafka and Redis under the test's control.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "ingress/http/trigger_service.h"
#include "tests/support/loop_thread.h"
#include "tests/unit/ingress/fakes.h"

namespace pagepress::test {

using namespace pagepress::ingress;

/// Keeps records until the test reports on them. Loop thread only.
class FakeSink final : public RecordSink {
public:
    Result<void> append(const Record& record, std::uint64_t ticket) override {
        if (error) return std::unexpected(*error);
        records.push_back(record);
        waiting.push_back(ticket);
        if (on_append) on_append();
        return {};
    }

    std::vector<Record> records;
    std::vector<std::uint64_t> waiting;
    std::optional<Error> error;
    std::function<void()> on_append;
};

class TestIngress {
public:
    explicit TestIngress(PendingLimits pending = {}) {
        readiness_.set_kafka_problem("");
        fixture_.catalog().confirm(clock_.steady_now());
        service_.emplace(
            TriggerSettings{.jobs_topic = "t.jobs", .public_url = {}, .pending = pending},
            TriggerPorts{
                .catalog = fixture_.catalog(),
                .clock = clock_,
                .random = random_,
                .redis = redis_,
                .sink = sink_,
                .readiness = readiness_,
                .limits = limits_,
                .metrics = ingress_metrics_,
                .post = [this](std::function<void()> work
                        ) { thread_.loop().post(std::move(work)); },
            }
        );
        server_.emplace(
            thread_.loop(),
            HttpLimits{},
            [this](const HttpRequest& request, Responder responder) {
                service_->handle(request, std::move(responder));
            }
        );
        port_ = server_->listen("127.0.0.1:0").value();
        thread_.start();
    }

    ~TestIngress() {
        thread_.stop();
        server_.reset();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

    /// Runs `work` on the loop with the sink.
    template <typename Work>
    void with_sink(Work work) {
        thread_.run([&] { work(sink_); });
    }

    /// Runs `work` on the loop with the service.
    template <typename Work>
    void with_service(Work work) {
        thread_.run([&] { work(*service_); });
    }

    /// From now on Kafka answers every record like this, right after it was appended.
    void answer_all(Persistence persistence) {
        with_sink([&](FakeSink& sink) {
            sink.on_append = [this, persistence] {
                const std::uint64_t ticket = sink_.waiting.back();
                sink_.waiting.pop_back();
                thread_.loop().post([this, ticket, persistence] { report(ticket, persistence); });
            };
        });
    }

    /// Waits until `count` records wait for their report.
    void wait_for_waiting(std::size_t count) {
        for (std::size_t waiting = 0; waiting < count; std::this_thread::yield()) {
            with_sink([&](FakeSink& sink) { waiting = sink.waiting.size(); });
        }
    }

    void report_first(Persistence persistence) {
        with_sink([&](FakeSink& sink) {
            const std::uint64_t ticket = sink.waiting.front();
            sink.waiting.erase(sink.waiting.begin());
            report(ticket, persistence);
        });
    }

    FakeClock& clock() { return clock_; }

    FakeRedis& redis() { return redis_; }

    CatalogFixture& fixture() { return fixture_; }

    Readiness& readiness() { return readiness_; }

private:
    void report(std::uint64_t ticket, Persistence persistence) {
        service_->on_delivery({.ticket = ticket, .persistence = persistence, .reason = "a test"});
    }

    CatalogFixture fixture_;
    FakeClock clock_;
    CountingRandom random_;
    FakeRedis redis_;
    FakeSink sink_;
    Metrics metrics_;
    IngressMetrics ingress_metrics_{metrics_};
    SiteLimits limits_;
    Readiness readiness_{fixture_.catalog(), clock_, Millis(5000)};
    LoopThread thread_;
    std::optional<TriggerService> service_;
    std::optional<HttpServer> server_;
    std::uint16_t port_ = 0;
};

}  // namespace pagepress::test
