// GET /doctor of the worker's private listener: examines on a thread of its own, since that takes
// seconds, and answers on the loop.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/base/clock.h"
#include "common/http_server/http_server.h"
#include "common/json/finding.h"

namespace pagepress::worker {

/// Loop thread, but for what it says of its own thread.
class Doctor {
public:
    /// Both block and are called on the doctor's thread.
    struct Examinations {
        /// Of the worker, Redis and Kafka: made for every answer.
        std::function<std::vector<Finding>()> own;
        /// Of the sites: made some seconds after the last one at the earliest, so that nobody can
        /// have the sites called in a loop. Ends soon once `is_cancelled` says so.
        std::function<std::vector<Finding>(const std::function<bool()>& is_cancelled)> sites;
    };

    /// All outlive the doctor.
    Doctor(EventLoop& loop, const Clock& clock, Examinations examinations);

    /// Joins its thread. Nobody may be inside the loop any more.
    ~Doctor();

    Doctor(const Doctor&) = delete;
    Doctor& operator=(const Doctor&) = delete;

    /// Sends `{"findings":[…]}` when they are known: the worker's own, then those of the sites.
    /// Sites whose examination began before this call say so: `… (as of 4 s ago)`.
    void answer(Responder responder);

private:
    struct Asker {
        Responder responder;
        SteadyTime asked_at;
    };

    /// Of the sites.
    struct Look {
        std::vector<Finding> findings;
        SteadyTime began_at;
        SteadyTime ended_at;
    };

    enum class Sites { kKept, kExamined };

    void examine(Sites sites, SteadyTime began_at);
    void finish(std::vector<Finding> own);
    [[nodiscard]] std::string body_for(const Asker& asker, std::vector<Finding> findings) const;

    EventLoop& loop_;
    const Clock& clock_;
    const Examinations examinations_;
    std::atomic<bool> is_cancelled_ = false;
    std::vector<Asker> waiting_;
    bool is_examining_ = false;
    std::optional<Look> sites_;
    std::jthread thread_;
};

}  // namespace pagepress::worker
