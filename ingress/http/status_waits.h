// Replies that tell a status from Redis, at once or when it is final. One per trigger thread; loop
// thread only.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/http_server/http_server.h"
#include "common/redis/redis.h"

namespace pagepress::ingress {

/// Runs something on the loop thread soon. Any thread.
using PostToLoop = std::function<void(std::function<void()>)>;

/// A reply about something that may still be under way.
struct StatusAnswer {
    HttpReply reply;
    bool is_final = true;
};

/// Longest and shortest `?wait=`.
inline constexpr std::chrono::milliseconds kStatusWaitMin{1'000};
inline constexpr std::chrono::milliseconds kStatusWaitMax{60'000};

/// How often `StatusWaits::serve` should be called.
inline constexpr std::chrono::milliseconds kStatusWaitTick{100};

/// How long the caller is ready to wait: `?wait=30s`; zero without it.
///
/// @errors  kInvalidInput  not a time from 1 s to 60 s
[[nodiscard]] Result<std::chrono::milliseconds> wait_of(const HttpRequest& request);

/// Asks Redis again at a growing interval for whoever waits. Bounded; a client that closes its side
/// of the connection is dropped.
class StatusWaits {
public:
    static constexpr std::size_t kWaitsMax = 1'000;

    using Read = std::function<StatusAnswer(const Result<RedisReply>&)>;

    /// What is asked of Redis, and what its answer means.
    struct Question {
        RedisCommand command;
        Read read;
    };

    /// References outlive it, and `redis` is stopped before the loop is destroyed.
    StatusWaits(
        Redis& redis, const Clock& clock, PostToLoop post, std::size_t waits_max = kWaitsMax
    )
        : redis_(redis), clock_(clock), post_(std::move(post)), waits_max_(waits_max) {}

    /// Replies with the first answer, or, with a `wait`, with the first one that is final or comes
    /// after it. 503 at once if too many wait, or if waits were ended.
    void begin(Question question, std::chrono::milliseconds wait, Responder responder);

    /// Asks again for those whose time has come, and drops those who left.
    void serve();

    /// Replies to everybody with what was known last; from now on nobody is let wait.
    void end_all();

    /// Replies that are due.
    [[nodiscard]] std::size_t count() const { return waits_.size(); }

private:
    struct Wait {
        Question question;
        Responder responder;
        SteadyTime deadline;
        SteadyTime next{};
        std::chrono::milliseconds interval;
        bool is_asking = false;
        std::optional<HttpReply> last = std::nullopt;
    };

    void look(std::uint64_t id, Wait& wait);
    void on_answer(std::uint64_t id, const Result<RedisReply>& answer);

    Redis& redis_;
    const Clock& clock_;
    const PostToLoop post_;
    const std::size_t waits_max_;
    std::map<std::uint64_t, Wait> waits_;
    std::uint64_t next_id_ = 1;
    bool is_ended_ = false;
};

/// A question that is worth waiting for.
struct LongPoll {
    StatusWaits::Question question;
    std::chrono::milliseconds wait;
};

}  // namespace pagepress::ingress
