// How close to the bound of the remote side the worker's scheduling comes: its poll thread,
// scheduler, executors, leases and offsets on a real Kafka and Redis, with presses that wait where
// production calls the sites. One table on standard output.
#include <algorithm>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/invariant.h"
#include "common/base/metrics.h"
#include "common/kafka/producer.h"
#include "common/kafka/topics.h"
#include "common/redis/redis_connection.h"
#include "tests/bench/job_backlog.h"
#include "tests/bench/process_cost.h"
#include "tests/support/kafka_server.h"
#include "tests/support/redis_server.h"
#include "worker/consume/kafka_consumer.h"
#include "worker/consume/poll_loop.h"
#include "worker/idempotency/redis_page_memory.h"
#include "worker/schedule/press_pool.h"

using namespace pagepress;
using namespace pagepress::test;
using namespace pagepress::worker;
using namespace std::chrono_literals;

namespace {

constexpr const char* kHotPage = "1";  ///< of the jobs that are executed in a row

struct Shape {
    const char* name;
    const char* topic_prefix;
    int partitions = 6;
    std::size_t executors = 64;
    std::size_t jobs = 10'000;
    std::size_t hot_jobs = 0;  ///< of `jobs`, spread evenly: those of one page
    Millis press{};            ///< what the remote side takes
};

constexpr Shape kShapes[] = {
    {.name = "20 ms, 64 at a time", .topic_prefix = "b.", .press = Millis(20)},
    {.name = "the same, 1,033 of them on one page",
     .topic_prefix = "c.",
     .hot_jobs = 1'033,
     .press = Millis(20)},
    {.name = "100 ms, 1,000 at a time, one partition",
     .topic_prefix = "d.",
     .partitions = 1,
     .executors = 1'000,
     .jobs = 50'000,
     .press = Millis(100)},
};

/// The shortest time that the presses can take in all [s].
double bound_s(const Shape& shape) {
    const auto all = static_cast<double>(shape.jobs) / static_cast<double>(shape.executors);
    const double turns = std::max(all, static_cast<double>(shape.hot_jobs));
    return turns * std::chrono::duration<double>(shape.press).count();
}

/// A worker whose presses complete one job each: what waits for the same page waits for its turn.
class SlowWorker {
public:
    SlowWorker(const KafkaSettings& kafka, const std::string& redis, const Shape& shape)
        : shape_(shape),
          redis_({.address = redis, .username = {}, .password = {}, .timeout = 10s}),
          memory_(redis_),
          tiers_(kafka, {}),
          producer_(
              Producer::create(
                  kafka, {}, [this](const Delivery& delivery) { outbox_.on_delivery(delivery); }
              ).value()
          ),
          outbox_(*producer_, clock_),
          letters_(outbox_, kafka.topic(kDeadTopic), clock_, [](const auto&, const auto*) {}),
          copies_(outbox_, tiers_, clock_, metrics_, [](const auto&) {}),
          pool_(make_executors(), clock_),
          loop_(pool_, aliases_, clock_, metrics_, {}),
          consumer_(
              KafkaConsumer::subscribe(kafka, {kafka.topic(kJobsTopic)}, "slow", loop_).value()
          ) {}

    /// Until every job is done and every offset stored.
    void run() {
        loop_.run(*consumer_, {outbox_, letters_, copies_}, [this] {
            producer_->poll();
            if (done_ == shape_.jobs && pool_.load().running == 0) loop_.stop();
        });
        loop_.store_finished(*consumer_, {outbox_, letters_, copies_});
        consumer_->close(1min);
    }

    [[nodiscard]] SteadyTime began() const { return began_; }

    [[nodiscard]] SteadyTime ended() const { return ended_; }

    /// When the last job ended that is not of the hot page.
    [[nodiscard]] SteadyTime others_ended() const { return others_ended_; }

private:
    std::vector<Executor> make_executors() {
        return std::vector<Executor>(shape_.executors, [this](Press press) {
            return execute(std::move(press));
        });
    }

    PressResult execute(Press press) {
        SteadyTime none{};
        began_.compare_exchange_strong(none, clock_.steady_now());
        const Job& lead = press.jobs.front().job;
        const auto begun = memory_.begin(
            {.page_key = press.key,
             .site = lead.site,
             .token = lead.id,
             .lease = Millis(60'000),
             .now = clock_.unix_now(),
             .jobs = {&lead}}
        );
        INVARIANT(begun.has_value());
        std::this_thread::sleep_for(shape_.press);
        JobStatus status;
        status.job = lead;
        status.state = JobState::kDone;
        status.attempts = 1;
        status.updated_at = clock_.unix_now();
        INVARIANT(memory_
                      .end(
                          {.page_key = press.key,
                           .token = lead.id,
                           .page = begun->page,
                           .keeps_page = false,
                           .statuses = {status}}
                      )
                      .has_value());
        return result_of(std::move(press));
    }

    PressResult result_of(Press press) {
        const bool is_hot = press.jobs.front().job.page_id == kHotPage;
        ended_ = clock_.steady_now();
        if (!is_hot) others_ended_ = ended_.load();
        PressResult result{.key = std::move(press.key), .results = {}, .not_before = {}};
        for (WaitingJob& job : press.jobs) {
            const Verdict verdict = result.results.empty() ? Verdict::kDone : Verdict::kSnooze;
            result.results.push_back({.job = std::move(job), .verdict = verdict, .status = {}});
        }
        ++done_;
        return result;
    }

    const Shape& shape_;
    const SystemClock clock_;
    Metrics metrics_;
    std::atomic<SteadyTime> began_{};
    std::atomic<SteadyTime> ended_{};
    std::atomic<SteadyTime> others_ended_{};
    std::atomic<std::size_t> done_ = 0;
    RedisConnection redis_;
    RedisPageMemory memory_;
    IssueAliases aliases_;
    const DelayTiers tiers_;
    std::unique_ptr<Producer> producer_;
    Outbox outbox_;
    DeadLetters letters_;
    DelayedCopies copies_;
    PressPool pool_;
    PollLoop loop_;
    std::unique_ptr<KafkaConsumer> consumer_;
};

Job job_of(Random& random, const Shape& shape, std::size_t i) {
    Job job = page_job(random, i);
    const std::size_t before = i * shape.hot_jobs / shape.jobs;
    const std::size_t after = (i + 1) * shape.hot_jobs / shape.jobs;
    if (after > before) job.page_id = kHotPage;
    return job;
}

double seconds(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double>(to - from).count();
}

void measure(const KafkaServer& broker, RedisServer& redis, const Shape& shape) {
    const KafkaSettings kafka{
        .brokers = broker.bootstrap(), .topic_prefix = shape.topic_prefix, .properties = {}};
    INVARIANT(create_topics(
                  kafka, {{.name = kafka.topic(kJobsTopic), .partitions = shape.partitions}}, 1min
    )
                  .has_value());
    SystemRandom random;
    put_jobs(kafka, shape.jobs, [&](std::size_t i) { return job_of(random, shape, i); });
    const double before_us = cpu_us(::getpid());
    const double redis_before_us = cpu_us(redis.process().pid());
    SlowWorker worker(kafka, redis.address(), shape);
    worker.run();
    const auto jobs = static_cast<double>(shape.jobs);
    const double elapsed = seconds(worker.began(), worker.ended());
    std::printf(
        "%-40s %7.0f %8.0f %8.2f %8.2f %8.1f %10.2f %9.1f %9.1f\n",
        shape.name,
        jobs,
        jobs / elapsed,
        elapsed,
        bound_s(shape),
        100 * bound_s(shape) / elapsed,
        seconds(worker.began(), worker.others_ended()),
        (cpu_us(::getpid()) - before_us) / jobs,
        (cpu_us(redis.process().pid()) - redis_before_us) / jobs
    );
    std::fflush(stdout);
}

}  // namespace

int main() {
    const KafkaServer broker;
    RedisServer redis({"--maxmemory-policy", "noeviction"});
    std::printf(
        "%-40s %7s %8s %8s %8s %8s %10s %9s %9s\n",
        "presses that take",
        "jobs",
        "jobs/s",
        "s",
        "bound s",
        "% of it",
        "others s",
        "worker us",
        "Redis us"
    );
    for (const Shape& shape : kShapes) measure(broker, redis, shape);
}
