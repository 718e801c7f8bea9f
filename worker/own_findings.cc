#include "worker/own_findings.h"

#include <chrono>

namespace pagepress::worker {

namespace {

using Level = Finding::Level;

/// Two tries in a row may fail, each of which may take a second.
constexpr Millis kCatalogAgeWarn{5'000};

Finding worker_finding(const OwnState& state) {
    Finding finding{.level = Level::kOk, .subject = "worker", .message = "ready"};
    const Millis age = state.catalog_age.value_or(Millis(0));
    if (!state.obstacle.empty()) {
        finding.level = Level::kFail;
        finding.message = state.obstacle;
    } else if (age > kCatalogAgeWarn) {
        const auto seconds = std::chrono::floor<std::chrono::seconds>(age).count();
        finding.level = Level::kWarn;
        finding.message = "Kafka has not confirmed the catalog for " + std::to_string(seconds) +
                          " s: new jobs may not come; check --kafka-brokers, and that the brokers "
                          "run";
    }
    return finding;
}

Finding redis_finding(const Result<void>& redis) {
    if (redis) return {.level = Level::kOk, .subject = "worker: Redis", .message = "answers"};
    const bool is_refused = redis.error().code == ErrorCode::kInvalidInput;  // says what to do
    return {
        .level = Level::kFail,
        .subject = "worker: Redis",
        .message = redis.error().message +
                   (is_refused ? ""
                               : "; pages are pressed, but presses cost more and job statuses are "
                                 "not shown; check --redis-address, and that it runs")};
}

}  // namespace

std::vector<Finding> own_findings(const OwnState& state) {
    return {worker_finding(state), redis_finding(state.redis)};
}

}  // namespace pagepress::worker
