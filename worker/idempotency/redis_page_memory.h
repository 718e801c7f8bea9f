// PageMemory in Redis: scripts, so that counting, begin, renew and end are one atomic step each.
#pragma once

#include "common/redis/redis.h"
#include "worker/idempotency/page_memory.h"
#include "worker/idempotency/redis_backlog.h"
#include "worker/idempotency/redis_script.h"

namespace pagepress::worker {

/// Keys: `pagepress:lease:<page key>` (token), `pagepress:page:<page key>` (hash),
/// `pagepress:job:<job id>` (hash), `pagepress:alias:<site>:<ISSUE-KEY>` (numeric id),
/// `pagepress:gate:<site>` (hash, see gate_script.h). All expire.
class RedisPageMemory final : public PageMemory {
public:
    explicit RedisPageMemory(Redis& redis);

    Result<std::vector<JobRecord>> count_attempts(
        const std::vector<const Job*>& jobs, UnixMillis now
    ) override;
    Result<Begun> begin(const BeginRequest& request) override;
    Result<void> renew(const std::string& page_key, const std::string& token, Millis lease)
        override;
    Result<void> note_create(const std::string& page_key, UnixMillis now) override;
    Result<void> end(const EndRequest& request) override;
    void record(const JobStatus& status) override;
    std::optional<std::string> issue_id(const std::string& site, const std::string& issue_key)
        override;
    void forget_issue_id(const std::string& site, const std::string& issue_key) override;
    void remember_issue_id(
        const std::string& site, const std::string& issue_key, const std::string& issue_id
    ) override;

    /// Sends the ends of presses that Redis has not taken so far. Never blocks; to be called often.
    void send_again();

private:
    Redis& redis_;
    RedisBacklog backlog_;
    RedisScript count_;
    RedisScript begin_;
    RedisScript renew_;
    RedisScript end_;
};

/// Fails if Redis may drop keys to make room: a lease or an open mark that vanishes costs redundant
/// page versions.
/// @errors  kInvalidInput  `maxmemory-policy` is not `noeviction`; says how to set it
///          kUnavailable   Redis does not answer
[[nodiscard]] Result<void> check_redis_policy(Redis& redis);

}  // namespace pagepress::worker
