// What a worker costs: a backlog of jobs on a real Kafka drained by a real worker, with a real
// Redis and the fake site. One table on standard output.
#include <algorithm>
#include <charconv>
#include <cstdio>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/invariant.h"
#include "common/base/random.h"
#include "common/http_client/curl_client.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "tests/bench/job_backlog.h"
#include "tests/bench/process_cost.h"
#include "tests/support/eventually.h"
#include "tests/support/fake_atlassian_process.h"
#include "tests/support/ingress_process.h"
#include "tests/support/kafka_server.h"
#include "tests/support/product_process.h"
#include "tests/support/redis_server.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace std::chrono_literals;

namespace {

constexpr auto kPatience = 10min;
constexpr int kPartitions = 6;
constexpr int kConcurrency = 64;
constexpr auto kAnswerDelay = 50ms;
/// Calls of a press whose page is remembered.
constexpr int kCallsOfPress = 2;

struct Options {
    std::size_t jobs = 100'000;  ///< of the backlog of no-op jobs
    std::size_t pages = 1'000;   ///< that are pressed over HTTP
    std::size_t round_trips = 200;
};

[[noreturn]] void give_up(const std::string& why) {
    std::fprintf(stderr, "worker bench: %s\n", why.c_str());
    std::abort();
}

/// A worker of the product, from construction to destruction.
class WorkerProcess {
public:
    WorkerProcess(
        const std::string& brokers, const std::string& redis, std::vector<std::string> options
    )
        : client_(make_curl_client({}, [] { return false; })) {
        const std::string ports = folder_.path("ports");
        options.insert(options.end(), {"--concurrency", std::to_string(kConcurrency)});
        process_ = std::make_unique<Process>(worker_process(
            {.program = WORKER_PROGRAM,
             .brokers = brokers,
             .redis = redis,
             .ports_file = ports,
             .log_file = folder_.path("worker.log"),
             .options = std::move(options)}
        ));
        const auto found = read_ports_file(*process_, ports, kPatience);
        if (!found.contains("admin")) give_up(process_->log_text());
        metrics_url_ = "http://127.0.0.1:" + std::to_string(found.at("admin")) + "/metrics";
    }

    /// Jobs that were given this verdict so far.
    std::size_t verdicts(std::string_view verdict) {
        return metric("pagepress_job_verdicts_total{verdict=\"" + std::string(verdict) + "\"}");
    }

    /// Of a counter or gauge; 0 if there is none yet.
    std::size_t metric(const std::string& name) {
        const auto answer = client_->perform({.method = "GET", .url = metrics_url_});
        if (!answer) give_up(process_->log_text());
        const std::string line = "\n" + name + " ";
        const std::size_t at = answer->body.find(line);
        if (at == std::string::npos) return 0;
        return static_cast<std::size_t>(std::atof(answer->body.c_str() + at + line.size()));
    }

    [[nodiscard]] Process& process() { return *process_; }

private:
    TempDir folder_;
    std::unique_ptr<HttpClient> client_;
    std::unique_ptr<Process> process_;
    std::string metrics_url_;
};

class WorkerBench {
public:
    explicit WorkerBench(const Options& options)
        : options_(options), site_(static_cast<int>(options.pages)) {
        secret_ = folder_.write("account", FakeAtlassianProcess::account() + "\n");
        ingress_.create_topics(kPartitions);
        put("sites/acme",
            R"({"jira_url":")" + site_.url() + R"(","confluence_url":")" + site_.url() +
                R"(/wiki","auth":"basic","secret_file":")" + secret_ + R"("})");
        put("rules/page",
            R"({"site":"acme","page":{"space":"DOC","title":"$#Key",)"
            R"("body":"<p>$#{Summary} is ${Status}</p>"}})");
        key_ = ingress_.add_key("page").secret;
        const auto issues = site_.control("GET", "issues");
        for (const auto& issue : issues.at("issues").as_array()) {
            issues_.push_back(string_at(issue, "key"));
        }
    }

    void run() {
        std::printf(
            "%-44s %8s %9s %9s %9s %9s %8s %8s\n",
            "what",
            "jobs",
            "jobs/s",
            "worker us",
            "Redis us",
            "broker us",
            "calls",
            "peak MiB"
        );
        measure_no_ops("no-op, two Redis commands, no log", 1, "warn");
        measure_no_ops("the same with a log line", 1, "info");
        measure_no_ops("two workers, no log", 2, "warn");
        measure_no_ops("four workers, no log", 4, "warn");
        const Workers worker = start_workers(1, {"--log-level", "warn"});
        measure_pages(worker, "page made");
        measure_pages(worker, "page brought up to date");
        redis_.flush_all();
        measure_pages(worker, "the same when Redis has lost all");
        delay_answers();
        measure_pages(worker, "up to date, answers after 50 ms");
        site_.clear_faults();
        std::printf(
            "bound of the last row: %.0f jobs/s (%d executors, %d answers after %lld ms)\n",
            kConcurrency * 1e3 / static_cast<double>(kCallsOfPress * kAnswerDelay.count()),
            kConcurrency,
            kCallsOfPress,
            static_cast<long long>(kAnswerDelay.count())
        );
        measure_round_trips();
        INVARIANT(worker.front()->process().stop(1min) == 0);
        measure_waiting();
    }

private:
    using Workers = std::vector<std::unique_ptr<WorkerProcess>>;

    void put(const std::string& path, const std::string& document) {
        const auto answer = ingress_.admin("PUT", "/admin/v1/" + path, document);
        if (answer.status / 100 != 2) give_up(path + ": " + answer.body);
    }

    void produce(std::size_t count, const std::function<Job(std::size_t)>& make) {
        put_jobs({.brokers = kafka_.bootstrap(), .topic_prefix = "pagepress."}, count, make);
    }

    struct Meters {
        std::size_t jobs = 0;
        std::int64_t calls = 0;
        double worker_us = 0;
        double redis_us = 0;
        double broker_us = 0;
        double rss_mib = 0;  ///< the most of any worker at a time
        SteadyTime at;
    };

    Meters read(std::span<const std::unique_ptr<WorkerProcess>> workers, std::string_view verdict) {
        Meters meters;
        for (const auto& worker : workers) {
            meters.jobs += worker->verdicts(verdict);
            meters.worker_us += cpu_us(worker->process().pid());
            meters.rss_mib = std::max(meters.rss_mib, rss_peak_mib(worker->process().pid()));
        }
        meters.calls = integer_at(site_.control("GET", "state"), "apiRequests").value_or(0);
        meters.redis_us = cpu_us(redis_.process().pid());
        meters.broker_us = cpu_us(kafka_.process().pid());
        meters.at = clock_.steady_now();
        return meters;
    }

    static void print(const std::string& what, const Meters& begin, const Meters& end) {
        const auto jobs = static_cast<double>(end.jobs - begin.jobs);
        const std::chrono::duration<double> elapsed = end.at - begin.at;
        std::printf(
            "%-44s %8.0f %9.0f %9.1f %9.1f %9.1f %8.2f %8.1f\n",
            what.c_str(),
            jobs,
            jobs / elapsed.count(),
            (end.worker_us - begin.worker_us) / jobs,
            (end.redis_us - begin.redis_us) / jobs,
            (end.broker_us - begin.broker_us) / jobs,
            static_cast<double>(end.calls - begin.calls) / jobs,
            end.rss_mib
        );
        std::fflush(stdout);
    }

    Workers start_workers(std::size_t count, const std::vector<std::string>& options) {
        Workers workers;
        for (std::size_t i = 0; i < count; ++i) {
            workers.push_back(
                std::make_unique<WorkerProcess>(kafka_.bootstrap(), redis_.address(), options)
            );
        }
        return workers;
    }

    void measure_no_ops(const std::string& what, std::size_t count, const std::string& log_level) {
        produce(options_.jobs, [this](std::size_t i) { return page_job(random_, i); });
        const Workers workers = start_workers(count, {"--log-level", log_level});
        Meters begin;
        INVARIANT(eventually(kPatience, [&] {
            begin = read(workers, "skipped");
            return begin.jobs > 0;
        }));
        Meters end;
        INVARIANT(eventually(kPatience, [&] {
            end = read(workers, "skipped");
            return end.jobs >= options_.jobs;
        }));
        print(what, begin, end);
        // What is committed is not delivered again.
        for (const auto& worker : workers) INVARIANT(worker->process().stop(1min) == 0);
    }

    /// The jobs wait in memory for a time that does not come. They stay on the topic, so that
    /// nothing can be measured after them.
    void measure_waiting() {
        produce(options_.jobs, [this](std::size_t i) {
            Job job = page_job(random_, i);
            job.not_before = clock_.unix_now() + Millis(24h).count();
            return job;
        });
        const std::string most = std::to_string(options_.jobs);
        const Workers workers = start_workers(
            1,
            {"--log-level",
             "warn",
             "--park-max-ms",
             std::to_string(Millis(24h).count()),
             "--held-max",
             most,
             "--window-max",
             most,
             "--waiting-bytes-max",
             std::to_string(1UL << 40)}
        );
        const double before = rss_mib(workers.front()->process().pid());
        INVARIANT(eventually(kPatience, [&] {
            return workers.front()->metric("pagepress_jobs_waiting") >= options_.jobs;
        }));
        const double after = rss_mib(workers.front()->process().pid());
        std::printf(
            "%zu jobs that wait in memory: RSS %.1f MiB, %.2f KiB a job\n",
            options_.jobs,
            after,
            (after - before) * 1024 / static_cast<double>(options_.jobs)
        );
    }

    void measure_pages(const Workers& workers, const std::string& what) {
        ++round_;
        for (const std::string& issue : issues_) {
            site_.edit_issue(issue, R"({"summary":"round )" + std::to_string(round_) + R"("})");
        }
        const Meters begin = read(workers, "done");
        produce(issues_.size(), [this](std::size_t i) {
            Job job = new_job(random_, JobKind::kRule);
            job.rule = "page";
            job.issue = issues_[i];
            return job;
        });
        Meters end;
        INVARIANT(eventually(kPatience, [&] {
            end = read(workers, "done");
            return end.jobs >= begin.jobs + issues_.size();
        }));
        print(what, begin, end);
    }

    void delay_answers() {
        site_.add_fault(
            R"({"kind":"delay","count":-1,"delay_ms":)" + std::to_string(kAnswerDelay.count()) + "}"
        );
    }

    /// From the sending of a trigger until the page shows it; one at a time, by the worker that
    /// runs.
    void measure_round_trips() {
        std::vector<double> accepted_ms;
        std::vector<double> shown_ms;
        std::int64_t last_entry = site_.versions().back().entry;
        for (std::size_t i = 0; i < options_.round_trips; ++i) {
            const std::string& issue = issues_[i % issues_.size()];
            site_.edit_issue(issue, R"({"summary":"trip )" + std::to_string(i) + R"("})");
            const auto sent_at = clock_.steady_now();
            const UnixMillis sent_unix = clock_.unix_now();
            const auto answer = ingress_.call(
                {.method = "POST",
                 .url = "/v1/trigger?method=triggerRule&ruleId=page&issueId=" + issue,
                 .headers = {"x-autopage-api-key: " + key_}}
            );
            if (answer.status != 202) give_up(answer.body);
            accepted_ms.push_back(
                std::chrono::duration<double, std::milli>(clock_.steady_now() - sent_at).count()
            );
            std::vector<PublishedVersion> news;
            INVARIANT(eventually(kPatience, [&] {
                news = site_.versions_after(last_entry);
                return !news.empty();
            }));
            last_entry = news.back().entry;
            shown_ms.push_back(static_cast<double>(news.front().created_at - sent_unix));
        }
        print_quantiles("trigger to 202 [ms]", accepted_ms);
        print_quantiles("trigger to page [ms], whole ones", shown_ms);
    }

    static void print_quantiles(const char* what, std::vector<double>& values) {
        std::ranges::sort(values);
        const auto at = [&](double quantile) {
            return values[static_cast<std::size_t>(
                quantile * static_cast<double>(values.size() - 1)
            )];
        };
        std::printf("%-34s p50 %.2f  p99 %.2f  max %.2f\n", what, at(0.5), at(0.99), values.back());
    }

    const Options options_;
    const SystemClock clock_;
    SystemRandom random_;
    TempDir folder_;
    std::string secret_;
    KafkaServer kafka_;
    RedisServer redis_{{"--maxmemory-policy", "noeviction"}};
    FakeAtlassianProcess site_;
    IngressProcess ingress_{{.brokers = kafka_.bootstrap(), .redis = redis_.address()}};
    std::vector<std::string> issues_;
    std::string key_;
    int round_ = 0;
};

bool read_count(const char* text, std::size_t& count) {
    const std::string_view digits = text;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
    return error == std::errc() && end == digits.data() + digits.size() && count > 0;
}

}  // namespace

int main(int argc, char** argv) {
    Options options;
    const bool is_read = argc == 1 || (argc == 4 && read_count(argv[1], options.jobs) &&
                                       read_count(argv[2], options.pages) &&
                                       read_count(argv[3], options.round_trips));
    if (!is_read) {
        std::fprintf(stderr, "Usage: worker-bench [JOBS PAGES ROUND-TRIPS]\n");
        return 2;
    }
    WorkerBench(options).run();
}
