#include "tests/bench/job_backlog.h"

#include "common/base/clock.h"
#include "common/base/invariant.h"
#include "common/kafka/producer.h"

namespace pagepress::test {

Job new_job(Random& random, JobKind kind) {
    Job job;
    job.id = random_job_id(random);
    job.kind = kind;
    job.site = "acme";
    job.accepted_at = SystemClock().unix_now();
    return job;
}

Job page_job(Random& random, std::size_t page) {
    constexpr std::size_t kFirst = 1'000'000;
    Job job = new_job(random, JobKind::kPage);
    job.page_id = std::to_string(kFirst + page);
    return job;
}

void put_jobs(
    const KafkaSettings& kafka, std::size_t count, const std::function<Job(std::size_t)>& make
) {
    constexpr std::size_t kOpenMax = 100'000;  // below what a producer queues
    const auto producer = Producer::create(kafka, {}, [](const Delivery&) {});
    INVARIANT(producer.has_value());
    const std::string topic = kafka.topic(kJobsTopic);
    for (std::size_t i = 0; i < count; ++i) {
        const Job job = make(i);
        const Record record{.topic = topic, .key = route_key(job), .value = encode(job)};
        INVARIANT((*producer)->append(record, i).has_value());
        (*producer)->poll();
        if (i % kOpenMax == kOpenMax - 1) {
            INVARIANT((*producer)->flush(std::chrono::minutes(1)) == 0);
        }
    }
    INVARIANT((*producer)->flush(std::chrono::minutes(1)) == 0);
}

}  // namespace pagepress::test
