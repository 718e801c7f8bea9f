// Looks at a job or a batch until it is over: by long poll where the server does that, else again
// and again.
#pragma once

#include <functional>

#include "ingress/ctl/admin_api.h"
#include "ingress/ctl/commands.h"

namespace pagepress::ctl {

struct WaitPlan {
    /// One look; the server is asked to wait up to so long (`?wait=`), 1 to 60 s.
    std::function<Result<ApiAnswer>(std::chrono::seconds wait)> look;
    /// Whether an answer is the last one.
    std::function<bool(const ApiAnswer&)> is_over;
    /// Called with every good answer.
    std::function<void(const ApiAnswer&)> on_answer = [](const ApiAnswer&) {};
    std::chrono::seconds wait_max{300};
    std::chrono::seconds look_max{30};  ///< longest single look
};

struct Waited {
    enum class End {
        kOver,
        kTimeUp,
        kRefused,  ///< the server's last answer is no success
        kInterrupted,
    };
    End end = End::kTimeUp;
    ApiAnswer answer = {};  ///< the last good one, or the refusal
    /// Why the last look brought no status; empty if it did.
    std::string trouble = {};
};

/// Waits. A server that does not answer, or fails, is asked again until the time is up: what it is
/// asked about is safe in the queue.
[[nodiscard]] Waited wait_until_over(const WaitPlan& plan, const Surroundings& surroundings);

/// HTTP time limit of a look that asks the server to wait.
[[nodiscard]] constexpr std::chrono::milliseconds look_timeout(std::chrono::seconds wait) {
    return wait + std::chrono::seconds(10);
}

/// `30s`, as `?wait=` wants it.
[[nodiscard]] std::string wait_text(std::chrono::seconds wait);

}  // namespace pagepress::ctl
