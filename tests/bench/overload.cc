// An ingress on a real Kafka with more calls than it can take, and with brokers that go away: what
// callers get, and whether every 202 is on the topic. Ends with 1 only if one is not.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <future>
#include <iterator>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "common/job/job.h"
#include "tests/bench/load_driver.h"
#include "tests/support/ingress_process.h"
#include "tests/support/kafka_reader.h"
#include "tests/support/kafka_server.h"
#include "tests/support/redis_server.h"

using namespace pagepress;
using namespace pagepress::bench;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

constexpr int kPartitions = 6;
/// What Kafka takes, or the link to it carries, while that is the bottleneck: little enough that
/// five times as much can be asked for on a machine that runs the callers, too.
constexpr std::int64_t kQuotaBytesPerSecond = 300'000;
constexpr std::int64_t kLinkBytesPerSecond = 500'000;
/// A quota holds for the mean of two seconds, so that it lets more pass at first.
constexpr std::chrono::seconds kQuotaSettles{4};
constexpr double kOutageRate = 200;

struct Options {
    std::chrono::seconds length{10};
    std::chrono::seconds outage{60};
};

double millis(std::chrono::steady_clock::duration duration) {
    return std::chrono::duration<double, std::milli>(duration).count();
}

/// Quantile of the latencies of calls with this status [ms]; 0 if there is none.
double latency_ms(const std::vector<CallResult>& calls, int status, double quantile) {
    std::vector<double> latencies;
    for (const CallResult& call : calls) {
        if (call.status == status) latencies.push_back(millis(call.answered_at - call.sent_at));
    }
    if (latencies.empty()) return 0;
    const auto rank =
        static_cast<std::ptrdiff_t>(quantile * static_cast<double>(latencies.size() - 1));
    std::ranges::nth_element(latencies, latencies.begin() + rank);
    return latencies[static_cast<std::size_t>(rank)];
}

std::size_t count_of(const std::vector<CallResult>& calls, int status) {
    return static_cast<std::size_t>(std::ranges::count(calls, status, &CallResult::status));
}

class Overload {
public:
    explicit Overload(const Options& options) : options_(options) {
        ingress_.create_topics(kPartitions);
        ingress_.add_rule("release");
        request_ =
            "POST /v1/trigger?method=triggerRule&ruleId=release&issueId=DEMO-1 HTTP/1.1\r\n"
            "Host: 127.0.0.1\r\nx-autopage-api-key: " +
            ingress_.add_key("release").secret + "\r\n\r\n";
        // Until the broker's code is compiled.
        (void)call("warm-up", {.connections = 64, .duration = 10s});
    }

    /// Returns whether every acknowledged job is on the topic.
    bool run() {
        std::printf(
            "%-34s %6s %9s %9s %9s %8s %6s %9s %9s %8s %8s %8s\n",
            "what",
            "busy",
            "asked/s",
            "202/s",
            "of peak",
            "503/s",
            "other",
            "202 p50",
            "202 p99",
            "503 p50",
            "503 p99",
            "503 max"
        );
        measure_quota();
        measure_narrow_link();
        measure_many_callers();
        measure_outage(
            "SIGSTOP", [this] { kafka_.process().pause(); }, [this] { kafka_.process().resume(); }
        );
        measure_outage(
            "kill -9", [this] { kafka_.kill(); }, [this] { kafka_.start(); }
        );
        return check_topic();
    }

private:
    /// The broker is the bottleneck, while the processors have time: what an ingress with a machine
    /// of its own gives.
    void measure_quota() {
        kafka_.limit_producers(kQuotaBytesPerSecond);
        (void)call("quota", {.connections = 256, .duration = kQuotaSettles});
        measure_five_times("quota");
        kafka_.limit_producers(0);
        ingress_.wait_ready();
    }

    /// The link to Kafka is the bottleneck, for whatever goes to Kafka: what is sent waits in the
    /// buffers of the sockets, as do the ingress' questions whether Kafka is there.
    void measure_narrow_link() {
        kafka_.gate().set_bytes_per_second(kLinkBytesPerSecond);
        measure_five_times("narrow link");
        kafka_.gate().set_bytes_per_second(0);
        ingress_.wait_ready();
    }

    /// What is taken at best, then calls at five times that rate.
    void measure_five_times(const std::string& shape) {
        double peak = 0;
        for (const int callers : {256, 1'024}) {
            const LoadPlan plan{.connections = callers, .duration = options_.length};
            const auto report = call(shape + ", " + std::to_string(callers) + " callers", plan);
            peak = std::max(peak, goodput(report));
            print(report, 0);
        }
        const LoadPlan plan{.rate = 5 * peak, .connections = 9'500, .duration = options_.length};
        print(call(shape + ", 5 x the rate", plan), peak);
    }

    /// The processor is the bottleneck: five times as many callers as it serves best.
    void measure_many_callers() {
        const LoadPlan best{.connections = 256, .duration = options_.length};
        const auto report = call("256 callers", best);
        print(report, 0);
        const LoadPlan many{.connections = 1'280, .duration = options_.length};
        print(call("1,280 callers", many), goodput(report));
    }

    void measure_outage(
        const std::string& name,
        const std::function<void()>& begin,
        const std::function<void()>& end
    ) {
        constexpr auto kBefore = 3s;
        constexpr auto kAfter = 10s;
        std::stop_source stop;
        const LoadPlan plan{
            .rate = kOutageRate,
            .connections = 9'500,
            .duration = std::chrono::hours(1),
            .stop = stop.get_token(),
        };
        auto running = std::async(std::launch::async, [&] {
            return call(
                name + " for " + std::to_string(options_.outage.count()) + " s, 200 calls/s", plan
            );
        });
        std::this_thread::sleep_for(kBefore);
        const LoadTime gone_at = std::chrono::steady_clock::now();
        begin();
        std::this_thread::sleep_for(options_.outage);
        end();
        const LoadTime back_at = std::chrono::steady_clock::now();
        std::this_thread::sleep_for(kAfter);
        stop.request_stop();
        const LoadReport report = running.get();
        print(report, 0);
        tell_outage(report.calls, gone_at, back_at);
    }

    static void tell_outage(
        const std::vector<CallResult>& calls, LoadTime gone_at, LoadTime back_at
    ) {
        std::optional<LoadTime> first_refusal;
        std::optional<LoadTime> first_accepted;
        for (const CallResult& call : calls) {
            const bool is_after = call.answered_at > back_at;
            if (call.status == 503 && call.answered_at > gone_at &&
                (!first_refusal || call.answered_at < *first_refusal)) {
                first_refusal = call.answered_at;
            }
            if (call.status == 202 && is_after &&
                (!first_accepted || call.answered_at < *first_accepted)) {
                first_accepted = call.answered_at;
            }
        }
        if (first_refusal) {
            std::vector<CallResult> later;
            std::ranges::copy_if(calls, std::back_inserter(later), [&](const CallResult& call) {
                return call.sent_at > *first_refusal;
            });
            std::printf(
                "    calls after the first 503: 503 p50 %.2f ms, p99 %.2f ms, p99.9 %.2f ms\n",
                latency_ms(later, 503, 0.5),
                latency_ms(later, 503, 0.99),
                latency_ms(later, 503, 0.999)
            );
            std::printf(
                "    first 503 %.0f ms after it was gone\n", millis(*first_refusal - gone_at)
            );
        }
        if (first_accepted) {
            std::printf(
                "    first 202 %.0f ms after it was back\n", millis(*first_accepted - back_at)
            );
        } else {
            std::printf("    no 202 after it was back\n");
        }
    }

    LoadReport call(const std::string& name, LoadPlan plan) {
        name_ = name;
        plan.port = static_cast<std::uint16_t>(ingress_.port());
        plan.request = request_;
        LoadReport report = run_load(plan);
        for (const CallResult& call : report.calls) {
            if (call.status == 202) acknowledged_.push_back(call.job_id);
        }
        return report;
    }

    /// 202s a second; those that come behind the end of the measurement count not.
    static double goodput(const LoadReport& report) {
        const auto in_time = std::ranges::count_if(report.calls, [&](const CallResult& call) {
            return call.status == 202 && call.answered_at <= report.ended_at;
        });
        return static_cast<double>(in_time) / length_s(report);
    }

    static double length_s(const LoadReport& report) {
        if (report.calls.empty()) return 1;
        return millis(report.ended_at - report.calls.front().sent_at) / 1'000;
    }

    void print(const LoadReport& report, double peak) const {
        const auto& calls = report.calls;
        const double seconds = length_s(report);
        const auto a_second = [&](std::size_t n) { return static_cast<double>(n) / seconds; };
        const std::size_t refused = count_of(calls, 503);
        std::printf(
            "%-34s %4.0f %% %9.0f %9.0f %9s %8.0f %6zu %9.1f %9.1f %8.2f %8.2f %8.1f\n",
            name_.c_str(),
            100 * report.busy_share,
            a_second(calls.size()),
            goodput(report),
            peak > 0
                ? (std::to_string(static_cast<int>(100 * goodput(report) / peak)) + " %").c_str()
                : "-",
            a_second(refused),
            calls.size() - refused - count_of(calls, 202),
            latency_ms(calls, 202, 0.5),
            latency_ms(calls, 202, 0.99),
            latency_ms(calls, 503, 0.5),
            latency_ms(calls, 503, 0.99),
            latency_ms(calls, 503, 1)
        );
        if (report.not_sent > 0) {
            std::printf("    %zu calls were not sent: no connection was free\n", report.not_sent);
        }
        std::fflush(stdout);
    }

    bool check_topic() {
        std::multiset<std::string> stored;
        for (const auto& read :
             read_topic_to_end(kafka_.bootstrap(), "pagepress.jobs", std::chrono::minutes(5))) {
            stored.insert(decode_job(read.record.value).value().id);
        }
        const auto missing = std::ranges::count_if(acknowledged_, [&](const std::string& id) {
            return !stored.contains(id);
        });
        const std::set<std::string> distinct(stored.begin(), stored.end());
        std::printf(
            "acknowledged %zu, on the topic %zu jobs in %zu records, acknowledged but missing "
            "%td\n",
            acknowledged_.size(),
            distinct.size(),
            stored.size(),
            missing
        );
        return missing == 0;
    }

    const Options options_;
    KafkaServer kafka_;
    RedisServer redis_;
    IngressProcess ingress_{{.brokers = kafka_.gated_bootstrap(), .redis = redis_.address()}};
    std::string request_;
    std::string name_;
    std::vector<std::string> acknowledged_;
};

std::optional<std::chrono::seconds> seconds_from(std::string_view text) {
    int seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    const bool is_number = error == std::errc() && end == text.data() + text.size();
    if (!is_number || seconds < 1 || seconds > 600) return std::nullopt;
    return std::chrono::seconds(seconds);
}

}  // namespace

int main(int argc, char** argv) {
    const auto length = argc == 3 ? seconds_from(argv[1]) : std::nullopt;
    const auto outage = argc == 3 ? seconds_from(argv[2]) : std::nullopt;
    if (!length || !outage) {
        std::fputs("Usage: overload-bench SECONDS OUTAGE-SECONDS\n", stderr);
        return 2;
    }
    return Overload({.length = *length, .outage = *outage}).run() ? 0 : 1;
}
