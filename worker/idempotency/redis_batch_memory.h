// BatchMemory in the batch's hash in Redis (common/job/batch_status.h).
#pragma once

#include "common/redis/redis.h"
#include "worker/idempotency/batch_memory.h"

namespace pagepress::worker {

class RedisBatchMemory final : public BatchMemory {
public:
    explicit RedisBatchMemory(Redis& redis) : redis_(redis) {}

    void note_accepted(const std::string& batch_id, const std::string& site) override;
    bool is_cancelled(const std::string& batch_id) override;
    void note_total(const std::string& batch_id, std::size_t total) override;
    void note_queued(const std::string& batch_id, const std::vector<std::string>& job_ids) override;

private:
    Redis& redis_;
};

}  // namespace pagepress::worker
