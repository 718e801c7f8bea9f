#include "worker/idempotency/redis_batch_memory.h"

#include "common/job/batch_status.h"
#include "common/job/job_status.h"

namespace pagepress::worker {

namespace {

constexpr std::string_view kTotalScript = R"lua(
redis.call('HSET', KEYS[1], 'total', ARGV[2])
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
)lua";

constexpr std::string_view kQueuedScript = R"lua(
local added = 0
for i = 2, #ARGV do added = added + redis.call('HSETNX', KEYS[1], ARGV[i], 'queued') end
if added > 0 then redis.call('HINCRBY', KEYS[1], '#queued', added) end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
)lua";

RedisCommand command_of(std::string_view script, const std::string& batch_id) {
    return {
        "EVAL",
        std::string(script),
        "1",
        batch_status_key(batch_id),
        std::string(kStatusTtlMs),
    };
}

void ignore(const Result<RedisReply>&) {}

}  // namespace

void RedisBatchMemory::note_accepted(const std::string& batch_id, const std::string& site) {
    redis_.submit(note_batch_command(batch_id, site), ignore);
}

bool RedisBatchMemory::is_cancelled(const std::string& batch_id) {
    const auto reply = redis_.call({"HEXISTS", batch_status_key(batch_id), "cancelled"});
    return reply && reply->integer == 1;
}

void RedisBatchMemory::note_total(const std::string& batch_id, std::size_t total) {
    RedisCommand command = command_of(kTotalScript, batch_id);
    command.push_back(std::to_string(total));
    redis_.submit(std::move(command), ignore);
}

void RedisBatchMemory::note_queued(
    const std::string& batch_id, const std::vector<std::string>& job_ids
) {
    RedisCommand command = command_of(kQueuedScript, batch_id);
    command.insert(command.end(), job_ids.begin(), job_ids.end());
    redis_.submit(std::move(command), ignore);
}

}  // namespace pagepress::worker
