#include "ingress/health/readiness.h"

#include <utility>

#include "common/base/log.h"

namespace pagepress::ingress {

void Readiness::set_kafka_problem(std::string problem) {
    const bool is_up = problem.empty();
    if (is_up && !is_kafka_up_.load(std::memory_order_relaxed)) {
        up_since_.store(clock_.steady_now(), std::memory_order_relaxed);
    }
    if (is_up != is_kafka_up_.exchange(is_up, std::memory_order_relaxed)) {
        if (is_up) {
            log_info("Kafka answers: triggers are accepted");
        } else {
            log_warn("triggers are refused until Kafka answers again", {{"reason", problem}});
        }
    }
    const MutexLock lock(mutex_);
    kafka_problem_ = std::move(problem);
}

bool Readiness::is_ready() const {
    return is_kafka_up_.load(std::memory_order_relaxed) &&
           !is_shutting_down_.load(std::memory_order_relaxed) && is_catalog_confirmed();
}

std::vector<std::string> Readiness::problems() const {
    std::vector<std::string> problems;
    if (is_shutting_down_.load(std::memory_order_relaxed)) {
        problems.emplace_back("The ingress is shutting down.");
    }
    {
        const MutexLock lock(mutex_);
        if (!kafka_problem_.empty()) problems.push_back(kafka_problem_);
    }
    if (!is_catalog_confirmed()) {
        problems.push_back(
            "The catalog has not been confirmed against Kafka within the last " +
            std::to_string(stale_max_.count()) + " ms."
        );
    }
    return problems;
}

bool Readiness::is_catalog_confirmed() const {
    const auto confirmed_at = catalog_.confirmed_at();
    return confirmed_at && clock_.steady_now() - *confirmed_at <= stale_max_ &&
           *confirmed_at >= up_since_.load(std::memory_order_relaxed);
}

}  // namespace pagepress::ingress
