#include "worker/idempotency/redis_backlog.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/base/log.h"
#include "common/base/mutex.h"
#include "common/job/batch_status.h"
#include "worker/idempotency/batch_script.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kCommandsMax = 20'000;
constexpr std::size_t kBatch = 256;

// KEYS: status, the hash of the job's batch (or nothing)
// ARGV: status ttl, member in the batch, then the status' fields, of which the second is the
//       redrive, the third the state and the eighth the reason; of two ends of one job and redrive
//       the first stays, and of two redrives the higher one
constexpr std::string_view kRecordScript = R"lua(
local known = redis.call('HMGET', KEYS[1], 'state', 'redrive')
local is_older = known[2] and tonumber(known[2]) < tonumber(ARGV[6])
if known[2] and tonumber(known[2]) > tonumber(ARGV[6]) then return 0 end
if known[1] and known[1] ~= 'running' and not is_older then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
note(KEYS[2], ARGV[2], ARGV[8], ARGV[1])
if ARGV[2] == 'batch' then redis.call('HSET', KEYS[2], 'reason', ARGV[18]) end
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
)lua";

constexpr std::string_view kReleaseScript = R"lua(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)lua";

bool is_taken(const Result<RedisReply>& reply) {
    return reply && reply->kind != RedisReply::Kind::kError;
}

RedisCommand record_command(const JobStatus& status) {
    BatchEntry entry = batch_entry_of(status.job);
    RedisCommand command{
        "EVAL",
        with_note(kRecordScript),
        "2",
        job_status_key(status.job.id),
        std::move(entry.key),
        std::string(kStatusTtlMs),
        std::move(entry.member)};
    std::vector<std::string> fields = to_redis_fields(status);
    std::ranges::move(fields, std::back_inserter(command));
    return command;
}

}  // namespace

class RedisBacklog::Kept {
public:
    void add(RedisCommand command) EXCLUDES(mutex_) {
        bool is_first = false;
        {
            const MutexLock lock(mutex_);
            is_first = !std::exchange(is_refused_, true);
            if (commands_.size() == kCommandsMax) commands_.pop_front();
            commands_.push_back(std::move(command));
        }
        if (is_first) log_warn("Redis does not take the ends of presses: they are sent again");
    }

    /// Commands to send now; empty while some are under way.
    [[nodiscard]] std::deque<RedisCommand> take() EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        std::deque<RedisCommand> taken;
        if (under_way_ > 0) return taken;
        while (!commands_.empty() && taken.size() < batch_) {
            taken.push_back(std::move(commands_.front()));
            commands_.pop_front();
        }
        under_way_ = taken.size();
        return taken;
    }

    /// A command that `take` gave out has its answer.
    void end_one(bool was_taken) EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        --under_way_;
        batch_ = was_taken ? kBatch : 1;
        is_refused_ = !was_taken;
    }

    [[nodiscard]] std::size_t size() const EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return commands_.size() + under_way_;
    }

private:
    mutable Mutex mutex_;
    std::deque<RedisCommand> commands_ GUARDED_BY(mutex_);
    std::size_t under_way_ GUARDED_BY(mutex_) = 0;
    std::size_t batch_ GUARDED_BY(mutex_) = 1;
    bool is_refused_ GUARDED_BY(mutex_) = false;  ///< so that an outage is one log line
};

RedisBacklog::RedisBacklog(Redis& redis) : redis_(redis), kept_(std::make_shared<Kept>()) {}

void RedisBacklog::record(const JobStatus& status) {
    redis_.submit(record_command(status), [kept = kept_, status](const auto& reply) {
        if (!is_taken(reply)) kept->add(record_command(status));
    });
}

void RedisBacklog::record_later(const JobStatus& status) {
    kept_->add(record_command(status));
}

void RedisBacklog::release_later(const std::string& lease_key, const std::string& token) {
    kept_->add({"EVAL", std::string(kReleaseScript), "1", lease_key, token});
}

void RedisBacklog::send_again() {
    for (RedisCommand& command : kept_->take()) {
        RedisCommand copy = command;
        redis_.submit(
            std::move(copy),
            [kept = kept_, command = std::move(command)](const Result<RedisReply>& reply) {
                if (!is_taken(reply)) kept->add(command);
                kept->end_one(is_taken(reply));
            }
        );
    }
}

std::size_t RedisBacklog::size() const {
    return kept_->size();
}

}  // namespace pagepress::worker
