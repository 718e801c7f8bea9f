#include "ingress/health/kafka_probe.h"

#include <utility>

namespace pagepress::ingress {

namespace {

constexpr std::chrono::milliseconds kPeriod{1'000};
/// While Kafka is away: the question itself takes its time, and its return must be noticed at once.
constexpr std::chrono::milliseconds kPeriodWhileAway{100};
constexpr std::chrono::milliseconds kAnswerTimeout{1'000};

}  // namespace

Result<std::unique_ptr<KafkaProbe>> KafkaProbe::start(
    const KafkaSettings& settings,
    std::vector<std::string> topics,
    Readiness& readiness,
    std::function<bool()> on_found
) {
    auto producer = Producer::create(settings, {}, [](const Delivery&) {});
    if (!producer) return std::unexpected(producer.error());
    return std::unique_ptr<KafkaProbe>(
        new KafkaProbe(*std::move(producer), std::move(topics), readiness, std::move(on_found))
    );
}

KafkaProbe::KafkaProbe(
    std::unique_ptr<Producer> producer,
    std::vector<std::string> topics,
    Readiness& readiness,
    std::function<bool()> on_found
)
    : producer_(std::move(producer)),
      topics_(std::move(topics)),
      readiness_(readiness),
      on_found_(std::move(on_found)),
      thread_([this] { run(); }) {}

KafkaProbe::~KafkaProbe() {
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
    }
    stop_asked_.notify_all();
    thread_.join();
}

void KafkaProbe::run() {
    std::chrono::milliseconds pause{};
    do {
        std::string problem = find_problem();
        const bool is_found = problem.empty();
        pause = is_found ? kPeriod : kPeriodWhileAway;
        readiness_.set_kafka_problem(std::move(problem));
        if (is_found && on_found_ && on_found_()) on_found_ = nullptr;
        producer_->poll();
    } while (wait_for_next(pause));
}

std::string KafkaProbe::find_problem() {
    for (const std::string& topic : topics_) {
        const auto partitions = producer_->partitions_of(topic, kAnswerTimeout);
        if (!partitions) return "Kafka: " + partitions.error().message + ".";
    }
    return {};
}

bool KafkaProbe::wait_for_next(std::chrono::milliseconds pause) {
    const SystemClock clock;
    const SteadyTime until = clock.steady_now() + pause;
    const MutexLock lock(mutex_);
    while (!is_stopping_ && clock.steady_now() < until) {
        stop_asked_.wait_until(mutex_, until);
    }
    return !is_stopping_;
}

}  // namespace pagepress::ingress
