#include "worker/delay/delay_loop.h"

#include <utility>

namespace pagepress::worker {

namespace {

constexpr Millis kPollWait{50};
constexpr int kRecordsPerTurn = 256;
constexpr Millis kFlushMax{5'000};
constexpr Millis kCloseMax{10'000};
constexpr Millis kLookInterval{1'000};
/// Kafka that is away must not keep the thread from its end for long.
constexpr Millis kAnswerMax{1'000};

}  // namespace

Result<std::unique_ptr<DelayLoop>> DelayLoop::start(
    const KafkaSettings& settings,
    const std::string& group,
    const DelayTiers& tiers,
    const Clock& clock,
    Metrics& metrics
) {
    std::unique_ptr<DelayLoop> loop(new DelayLoop(tiers, clock));
    if (auto opened = loop->open(settings, group, metrics); !opened) {
        return std::unexpected(std::move(opened.error()));
    }
    loop->thread_ = std::thread([raw = loop.get()] { raw->run(); });
    return loop;
}

Result<void> DelayLoop::open(
    const KafkaSettings& settings, const std::string& group, Metrics& metrics
) {
    auto producer = Producer::create(settings, ProducerLimits{}, [this](const Delivery& delivery) {
        outbox_->on_delivery(delivery);
    });
    if (!producer) return std::unexpected(std::move(producer.error()));
    producer_ = *std::move(producer);
    outbox_ = std::make_unique<Outbox>(*producer_, clock_);
    const ReturningCopies::Ports ports{
        .outbox = *outbox_,
        .tiers = tiers_,
        .clock = clock_,
        .metrics = metrics,
        .flush = [this](Millis longest) { flush(longest); },
    };
    copies_ = std::make_unique<ReturningCopies>(ports, settings.topic(kJobsTopic), ReturnLimits{});
    auto consumer =
        KafkaConsumer::subscribe(settings, tiers_.topics(), group + "-delayed", *copies_);
    if (!consumer) return std::unexpected(std::move(consumer.error()));
    consumer_ = *std::move(consumer);
    return {};
}

DelayLoop::~DelayLoop() {
    stop();
    if (thread_.joinable()) thread_.join();
}

std::string DelayLoop::problem() const {
    const MutexLock lock(mutex_);
    return problem_;
}

void DelayLoop::run() {
    while (!is_stopping_) {
        take_records();
        producer_->poll();
        outbox_->send_waiting();
        copies_->step(*consumer_);
        look_for_topics();
    }
    flush(kFlushMax);
    copies_->step(*consumer_);
    consumer_->close(kCloseMax);
}

void DelayLoop::take_records() {
    Millis wait = kPollWait;
    for (int i = 0; i < kRecordsPerTurn; ++i) {
        auto record = consumer_->poll(std::exchange(wait, Millis(0)));
        if (!record) return;
        copies_->take(*std::move(record));
    }
}

/// At start only: that they are not there is a person's mistake, and said where others are.
void DelayLoop::look_for_topics() {
    const auto now = clock_.steady_now();
    if (has_topics_ || is_stopping_ || now < next_look_) return;
    next_look_ = now + kLookInterval;
    std::string problem;
    for (const std::string& topic : tiers_.topics()) {
        const auto partitions = producer_->partitions_of(topic, kAnswerMax);
        if (partitions) continue;
        problem = "Kafka: " + partitions.error().message;
        break;
    }
    has_topics_ = problem.empty();
    const MutexLock lock(mutex_);
    problem_ = std::move(problem);
}

void DelayLoop::flush(Millis longest) {
    outbox_->send_waiting();
    producer_->flush(longest);
}

}  // namespace pagepress::worker
