// JobWriter over Kafka's jobs topic.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "common/base/trace_context.h"
#include "common/kafka/record_writer.h"
#include "worker/batch/job_writer.h"

namespace pagepress::worker {

class KafkaJobWriter final : public JobWriter {
public:
    KafkaJobWriter(const KafkaSettings& settings, std::string topic)
        : writer_(settings, ProducerLimits{}), topic_(std::move(topic)) {}

    Result<void> write(const std::vector<Job>& jobs, const std::string& traceparent) override {
        std::vector<RecordHeader> headers;
        if (!traceparent.empty()) {
            headers.push_back({.name = std::string(kTraceHeader), .value = traceparent});
        }
        std::vector<Record> records;
        records.reserve(jobs.size());
        for (const Job& job : jobs) {
            records.push_back(
                {.topic = topic_, .key = route_key(job), .value = encode(job), .headers = headers}
            );
        }
        return writer_.write(records);
    }

private:
    RecordWriter writer_;
    const std::string topic_;
};

}  // namespace pagepress::worker
