// What a worker costs: a backlog of jobs on a real Kafka drained by a real worker, with a real
// Redis and the fake site. One table on standard output.
#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include "common/base/invariant.h"
#include "common/base/random.h"
#include "common/http_client/curl_client.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "common/kafka/producer.h"
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

/// Processor time of all threads of a process [us], from the kernel's counters.
double cpu_us(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string text;
    std::getline(file, text);
    text.erase(0, text.rfind(')') + 1);  // the name may hold anything
    std::int64_t ticks = 0;
    std::size_t at = 0;
    constexpr int kUserTime = 12;  // words behind the name, from 1
    for (int word = 1; word <= kUserTime + 1; ++word) {
        at = text.find_first_not_of(' ', at);
        std::int64_t number = 0;
        if (word >= kUserTime) std::from_chars(&text[at], text.data() + text.size(), number);
        ticks += number;
        at = text.find(' ', at);
    }
    return static_cast<double>(ticks) * 1e6 / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double rss_mib(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/statm");
    std::int64_t size = 0;
    std::int64_t resident = 0;
    file >> size >> resident;
    return static_cast<double>(resident * ::sysconf(_SC_PAGESIZE)) / 1024 / 1024;
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
        const auto answer = client_->perform({.method = "GET", .url = metrics_url_});
        if (!answer) give_up(process_->log_text());
        const std::string name =
            "\npagepress_job_verdicts_total{verdict=\"" + std::string(verdict) + "\"} ";
        const std::size_t at = answer->body.find(name);
        if (at == std::string::npos) return 0;
        return static_cast<std::size_t>(std::atof(answer->body.c_str() + at + name.size()));
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
            "RSS MiB"
        );
        measure_no_ops("no-op, two Redis commands, no log", "warn");
        measure_no_ops("no-op, two Redis commands, a log line", "info");
        WorkerProcess worker(kafka_.bootstrap(), redis_.address(), {"--log-level", "warn"});
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
    }

private:
    void put(const std::string& path, const std::string& document) {
        const auto answer = ingress_.admin("PUT", "/admin/v1/" + path, document);
        if (answer.status / 100 != 2) give_up(path + ": " + answer.body);
    }

    void produce(std::size_t count, const std::function<Job(std::size_t)>& make) {
        auto producer = Producer::create(
            {.brokers = kafka_.bootstrap(), .topic_prefix = {}}, {}, [](const Delivery&) {}
        );
        INVARIANT(producer.has_value());
        for (std::size_t i = 0; i < count; ++i) {
            const Job job = make(i);
            const Record record{
                .topic = "pagepress.jobs", .key = route_key(job), .value = encode(job)};
            INVARIANT((*producer)->append(record, i).has_value());
            (*producer)->poll();
        }
        INVARIANT((*producer)->flush(1min) == 0);
    }

    [[nodiscard]] Job new_job(JobKind kind) {
        Job job;
        job.id = random_job_id(random_);
        job.kind = kind;
        job.site = "acme";
        job.accepted_at = clock_.unix_now();
        return job;
    }

    struct Meters {
        std::size_t jobs = 0;
        std::int64_t calls = 0;
        double worker_us = 0;
        double redis_us = 0;
        double broker_us = 0;
        SteadyTime at;
    };

    Meters read(WorkerProcess& worker, std::string_view verdict) {
        Meters meters;
        meters.jobs = worker.verdicts(verdict);
        meters.calls = integer_at(site_.control("GET", "state"), "apiRequests").value_or(0);
        meters.worker_us = cpu_us(worker.process().pid());
        meters.redis_us = cpu_us(redis_.process().pid());
        meters.broker_us = cpu_us(kafka_.process().pid());
        meters.at = clock_.steady_now();
        return meters;
    }

    void print(
        const std::string& what, const Meters& begin, const Meters& end, WorkerProcess& worker
    ) {
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
            rss_mib(worker.process().pid())
        );
        std::fflush(stdout);
    }

    /// All snapshots of a page that has none: lease, attempt, end and status in Redis, nothing
    /// else.
    void measure_no_ops(const std::string& what, const std::string& log_level) {
        produce(options_.jobs, [this](std::size_t i) {
            Job job = new_job(JobKind::kPage);
            job.page_id = std::to_string(1'000'000 + i);
            return job;
        });
        WorkerProcess worker(kafka_.bootstrap(), redis_.address(), {"--log-level", log_level});
        INVARIANT(eventually(kPatience, [&] { return worker.verdicts("skipped") > 0; }));
        const Meters begin = read(worker, "skipped");
        Meters end;
        INVARIANT(eventually(kPatience, [&] {
            end = read(worker, "skipped");
            return end.jobs >= options_.jobs;
        }));
        print(what, begin, end, worker);
        // What is committed is not delivered again.
        INVARIANT(worker.process().stop(1min) == 0);
    }

    void measure_pages(WorkerProcess& worker, const std::string& what) {
        ++round_;
        for (const std::string& issue : issues_) {
            site_.edit_issue(issue, R"({"summary":"round )" + std::to_string(round_) + R"("})");
        }
        const Meters begin = read(worker, "done");
        produce(issues_.size(), [this](std::size_t i) {
            Job job = new_job(JobKind::kRule);
            job.rule = "page";
            job.issue = issues_[i];
            return job;
        });
        Meters end;
        INVARIANT(eventually(kPatience, [&] {
            end = read(worker, "done");
            return end.jobs >= begin.jobs + issues_.size();
        }));
        print(what, begin, end, worker);
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
