#include "worker/firing/fire_loop.h"

#include <algorithm>
#include <utility>

namespace pagepress::worker {

namespace {

using namespace std::chrono_literals;

constexpr std::int32_t kOwnersPartition = 0;
constexpr Millis kTurn = 200ms;
/// While a fire waits for its delivery report: the next one of the schedule waits for it too.
constexpr Millis kOpenTurn = 5ms;

bool holds_owners_partition(const std::vector<std::int32_t>& partitions) {
    return std::ranges::find(partitions, kOwnersPartition) != partitions.end();
}

}  // namespace

FireLoop::FireLoop(const Ports& ports)
    : ports_(ports),
      is_owner_(ports.metrics.gauge(
          "pagepress_schedules_owned", "1 in the worker that fires the schedules."
      )) {}

Result<std::unique_ptr<FireLoop>> FireLoop::start(
    const KafkaSettings& settings, const Ports& ports
) {
    std::unique_ptr<FireLoop> loop(new FireLoop(ports));
    if (auto opened = loop->open(settings); !opened) {
        return std::unexpected(std::move(opened.error()));
    }
    loop->thread_ = std::thread([raw = loop.get()] { raw->run(); });
    return loop;
}

Result<void> FireLoop::open(const KafkaSettings& settings) {
    auto producer = Producer::create(settings, ProducerLimits{}, [this](const Delivery& delivery) {
        firing_->on_delivery(delivery);
    });
    if (!producer) return std::unexpected(std::move(producer.error()));
    producer_ = *std::move(producer);
    const FiringPorts firing{
        .catalog = ports_.catalog,
        .clock = ports_.clock,
        .log = ports_.log,
        .batches = ports_.batches,
        .sink = *producer_,
        .metrics = ports_.metrics,
    };
    firing_ = std::make_unique<Firing>(firing, settings.topic(kJobsTopic));
    return {};
}

FireLoop::~FireLoop() {
    if (!thread_.joinable()) return;
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
    }
    woken_.notify_all();
    thread_.join();
}

void FireLoop::take_over() {
    {
        const MutexLock lock(mutex_);
        term_ = ++terms_;
    }
    woken_.notify_all();
}

void FireLoop::hand_over() {
    const MutexLock lock(mutex_);
    term_ = 0;
}

void FireLoop::run() {
    do {
        producer_->poll();
        follow_term();
        firing_->step();
    } while (wait());
}

void FireLoop::follow_term() {
    std::uint64_t term = 0;
    {
        const MutexLock lock(mutex_);
        term = term_;
    }
    if (term == served_term_) return;
    served_term_ = term;
    is_owner_.set(term == 0 ? 0 : 1);
    if (term == 0) return firing_->end_term();
    firing_->begin_term();
}

bool FireLoop::wait() {
    const Millis turn = firing_->open_count() > 0 ? kOpenTurn : kTurn;
    const SteadyTime deadline = ports_.clock.steady_now() + turn;
    const MutexLock lock(mutex_);
    if (!is_stopping_) woken_.wait_until(mutex_, deadline);
    return !is_stopping_;
}

void OwnerWatch::on_assigned(const std::vector<std::int32_t>& partitions) {
    next_.on_assigned(partitions);
    if (holds_owners_partition(partitions)) fires_.take_over();
}

/// Before anything else: the presses that are waited for may take a minute.
void OwnerWatch::on_revoked(const std::vector<std::int32_t>& partitions, bool is_lost) {
    if (holds_owners_partition(partitions)) fires_.hand_over();
    next_.on_revoked(partitions, is_lost);
}

}  // namespace pagepress::worker
