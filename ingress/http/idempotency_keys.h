// Which content each Idempotency-Key stands for, kept in Redis. Loop thread only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/redis/redis.h"
#include "ingress/http/job_status_route.h"

namespace pagepress::ingress {

inline constexpr std::string_view kIdempotencyKeyHeader = "Idempotency-Key";

/// Whether a header `Idempotency-Key` is one: at most 255 visible ASCII characters; a missing one
/// is.
[[nodiscard]] bool is_idempotency_key(std::string_view text);

/// What is wrong with one that is not.
inline constexpr std::string_view kIdempotencyKeyRule =
    "The header 'Idempotency-Key' must be at most 255 visible ASCII characters.";

/// Nothing is kept before Kafka has the record, so that a key never stands for a call that was
/// lost. What Redis does not know, or does not answer, is let through: the job id that follows from
/// the key keeps repeats harmless by itself.
class IdempotencyKeys {
public:
    /// How long a key is remembered, from its first accepted call.
    static constexpr std::chrono::hours kKept{24};

    enum class Verdict {
        kGoOn,          ///< new, a repeat of the same call, or not known
        kOtherContent,  ///< stands for another call
    };

    /// What asks Redis for the content that a key stands for, and what its answer means.
    [[nodiscard]] static RedisCommand question(const std::string& name);
    [[nodiscard]] static Verdict verdict_of(
        const Result<RedisReply>& answer, std::string_view content
    );

    /// What notes the content, unless the key stands for something already.
    [[nodiscard]] static RedisCommand note(const std::string& name, std::string content);

    /// References outlive it, and `redis` is stopped before the loop is destroyed.
    IdempotencyKeys(Redis& redis, PostToLoop post) : redis_(redis), post_(std::move(post)) {}

    /// A call whose key is asked for.
    struct Call {
        std::string name;       ///< of the key, its scope included: hex digits
        std::string content;    ///< fingerprint of the call: equal for equal calls
        std::size_t bytes = 0;  ///< of the call's record, which waits meanwhile
    };

    /// Calls `then` on the loop when Redis has answered or given up. Bounded by the caller, who
    /// knows what else waits.
    void check(Call call, std::function<void(Verdict)> then);

    /// Notes what the key stands for, unless it does already. Does not wait.
    void remember(const std::string& name, const std::string& content);

    /// Checks that are under way, and the bytes of the records that wait for them.
    [[nodiscard]] std::size_t open_checks() const { return open_checks_; }

    [[nodiscard]] std::size_t open_bytes() const { return open_bytes_; }

private:
    Redis& redis_;
    const PostToLoop post_;
    std::size_t open_checks_ = 0;
    std::size_t open_bytes_ = 0;
};

}  // namespace pagepress::ingress
