// Jobs put on the topic before somebody is there to take them.
#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "common/base/random.h"
#include "common/job/job.h"
#include "common/kafka/kafka_settings.h"

namespace pagepress::test {

/// A job with a fresh id, accepted now, for site `acme`.
[[nodiscard]] Job new_job(Random& random, JobKind kind);

/// All snapshots of page number `page`. If the page has none, that is lease, attempt, end and
/// status in two Redis commands, and no HTTP.
[[nodiscard]] Job page_job(Random& random, std::size_t page);

/// Puts `count` jobs on the topic `jobs`, and returns when Kafka has them. Aborts if it refuses.
void put_jobs(
    const KafkaSettings& kafka, std::size_t count, const std::function<Job(std::size_t)>& make
);

}  // namespace pagepress::test
