#include "common/base/metrics.h"

#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

namespace pagepress {

struct Metrics::Registry {
    prometheus::Registry registry;
};

void Counter::add(double amount) {
    static_cast<prometheus::Counter*>(metric_)->Increment(amount);
}

void Gauge::set(double value) {
    static_cast<prometheus::Gauge*>(metric_)->Set(value);
}

void Gauge::add(double amount) {
    static_cast<prometheus::Gauge*>(metric_)->Increment(amount);
}

void Histogram::observe(double value) {
    static_cast<prometheus::Histogram*>(metric_)->Observe(value);
}

Metrics::Metrics() : registry_(std::make_unique<Registry>()) {}

Metrics::~Metrics() = default;

Counter Metrics::counter(
    const std::string& name, const std::string& help, const MetricLabels& labels
) {
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(registry_->registry);
    return Counter(&family.Add(labels));
}

Gauge Metrics::gauge(const std::string& name, const std::string& help, const MetricLabels& labels) {
    auto& family = prometheus::BuildGauge().Name(name).Help(help).Register(registry_->registry);
    return Gauge(&family.Add(labels));
}

Histogram Metrics::histogram(
    const std::string& name,
    const std::string& help,
    const std::vector<double>& upper_bounds,
    const MetricLabels& labels
) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(registry_->registry);
    return Histogram(&family.Add(labels, upper_bounds));
}

std::string Metrics::text() const {
    return prometheus::TextSerializer().Serialize(registry_->registry.Collect());
}

std::vector<double> latency_buckets_s() {
    return {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60};
}

}  // namespace pagepress
