// Port to what is remembered of a batch on its way to Kafka. Losing it costs its counts, never
// a job.
#pragma once

#include <string>
#include <vector>

namespace pagepress::worker {

/// Thread-safe.
class BatchMemory {
public:
    virtual ~BatchMemory() = default;

    /// Kafka has the batch itself. What is known of it already stays. Does not wait.
    virtual void note_accepted(const std::string& batch_id, const std::string& site) = 0;

    /// Whether the batch was called off; false without memory. Blocks for one round trip at most.
    virtual bool is_cancelled(const std::string& batch_id) = 0;

    /// How many jobs the batch has. Does not wait.
    virtual void note_total(const std::string& batch_id, std::size_t total) = 0;

    /// Kafka has these jobs of the batch. What is known of one of them already stays. Does not
    /// wait.
    virtual void note_queued(
        const std::string& batch_id, const std::vector<std::string>& job_ids
    ) = 0;
};

}  // namespace pagepress::worker
