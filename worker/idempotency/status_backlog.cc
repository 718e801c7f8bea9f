#include "worker/idempotency/status_backlog.h"

#include <algorithm>
#include <deque>
#include <utility>

#include "common/base/log.h"
#include "common/base/mutex.h"

namespace pagepress::worker {

namespace {

constexpr std::size_t kStatusesMax = 20'000;
constexpr std::size_t kBatch = 256;
constexpr std::string_view kStatusTtlMs = "604800000";  // 7 days, as the README promises

// ARGV: status ttl, then the status' fields; of two ends of one job and redrive the first stays
constexpr std::string_view kRecordScript = R"lua(
local known = redis.call('HMGET', KEYS[1], 'state', 'redrive')
local is_older = known[2] and tonumber(known[2]) < tonumber(ARGV[5])
if known[1] and known[1] ~= 'running' and not is_older then return 0 end
redis.call('HSET', KEYS[1], unpack(ARGV, 2))
return redis.call('PEXPIRE', KEYS[1], ARGV[1])
)lua";

RedisCommand record_command(const JobStatus& status) {
    RedisCommand command{
        "EVAL",
        std::string(kRecordScript),
        "1",
        job_status_key(status.job.id),
        std::string(kStatusTtlMs)};
    std::vector<std::string> fields = to_redis_fields(status);
    std::ranges::move(fields, std::back_inserter(command));
    return command;
}

}  // namespace

class StatusBacklog::Kept {
public:
    void add(JobStatus status) EXCLUDES(mutex_) {
        bool is_first = false;
        {
            const MutexLock lock(mutex_);
            is_first = statuses_.empty();
            if (statuses_.size() == kStatusesMax) statuses_.pop_front();
            statuses_.push_back(std::move(status));
        }
        if (is_first) log_warn("Redis does not take job statuses: they are kept and sent again");
    }

    /// Statuses to send now; empty while some are under way.
    [[nodiscard]] std::deque<JobStatus> take() EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        std::deque<JobStatus> taken;
        if (under_way_ > 0) return taken;
        while (!statuses_.empty() && taken.size() < batch_) {
            taken.push_back(std::move(statuses_.front()));
            statuses_.pop_front();
        }
        under_way_ = taken.size();
        return taken;
    }

    /// A status that `take` gave out has its answer.
    void end_one(bool is_taken) EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        --under_way_;
        batch_ = is_taken ? kBatch : 1;
    }

    [[nodiscard]] std::size_t size() const EXCLUDES(mutex_) {
        const MutexLock lock(mutex_);
        return statuses_.size() + under_way_;
    }

private:
    mutable Mutex mutex_;
    std::deque<JobStatus> statuses_ GUARDED_BY(mutex_);
    std::size_t under_way_ GUARDED_BY(mutex_) = 0;
    std::size_t batch_ GUARDED_BY(mutex_) = 1;
};

StatusBacklog::StatusBacklog(Redis& redis) : redis_(redis), kept_(std::make_shared<Kept>()) {}

void StatusBacklog::record(JobStatus status) {
    RedisCommand command = record_command(status);
    redis_.submit(
        std::move(command),
        [kept = kept_, status = std::move(status)](const Result<RedisReply>& reply) {
            const bool is_taken = reply && reply->kind != RedisReply::Kind::kError;
            if (!is_taken) kept->add(status);
        }
    );
}

void StatusBacklog::keep(JobStatus status) {
    kept_->add(std::move(status));
}

void StatusBacklog::send_again() {
    for (JobStatus& status : kept_->take()) send(std::move(status));
}

void StatusBacklog::send(JobStatus status) {
    RedisCommand command = record_command(status);
    redis_.submit(
        std::move(command),
        [kept = kept_, status = std::move(status)](const Result<RedisReply>& reply) {
            const bool is_taken = reply && reply->kind != RedisReply::Kind::kError;
            if (!is_taken) kept->add(status);
            kept->end_one(is_taken);
        }
    );
}

std::size_t StatusBacklog::size() const {
    return kept_->size();
}

}  // namespace pagepress::worker
