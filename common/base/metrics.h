// Metrics of a process, in Prometheus' text format. The only door to prometheus-cpp.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace pagepress {

using MetricLabels = std::map<std::string, std::string>;

/// A value that only grows. Lives as long as its Metrics. Any thread.
class Counter {
public:
    void add(double amount = 1);

private:
    friend class Metrics;

    explicit Counter(void* metric) : metric_(metric) {}

    void* metric_;
};

/// A value that goes up and down. Lives as long as its Metrics. Any thread.
class Gauge {
public:
    void set(double value);
    void add(double amount);

private:
    friend class Metrics;

    explicit Gauge(void* metric) : metric_(metric) {}

    void* metric_;
};

/// A distribution in fixed buckets. Lives as long as its Metrics. Any thread.
class Histogram {
public:
    void observe(double value);

private:
    friend class Metrics;

    explicit Histogram(void* metric) : metric_(metric) {}

    void* metric_;
};

/// Registry of one process. Names follow Prometheus' conventions: prefix `pagepress_`, base units
/// (`_seconds`, `_bytes`), counters end in `_total`. Asking twice for the same name and labels
/// gives the same metric. Any thread.
class Metrics {
public:
    Metrics();
    ~Metrics();
    Metrics(const Metrics&) = delete;
    Metrics& operator=(const Metrics&) = delete;

    Counter counter(
        const std::string& name, const std::string& help, const MetricLabels& labels = {}
    );
    Gauge gauge(const std::string& name, const std::string& help, const MetricLabels& labels = {});
    Histogram histogram(
        const std::string& name,
        const std::string& help,
        const std::vector<double>& upper_bounds,
        const MetricLabels& labels = {}
    );

    /// All metrics as text; content type `text/plain; version=0.0.4; charset=utf-8`.
    [[nodiscard]] std::string text() const;

private:
    struct Registry;
    std::unique_ptr<Registry> registry_;
};

/// Bucket bounds [s] for latencies from 0.5 ms to 60 s.
[[nodiscard]] std::vector<double> latency_buckets_s();

}  // namespace pagepress
