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
    /// Blocks; called on the doctor's thread. Ends soon once `is_cancelled` says so.
    using Examine = std::function<std::vector<Finding>(const std::function<bool()>& is_cancelled)>;

    /// All outlive the doctor.
    Doctor(EventLoop& loop, const Clock& clock, Examine examine);

    /// Joins its thread. Nobody may be inside the loop any more.
    ~Doctor();

    Doctor(const Doctor&) = delete;
    Doctor& operator=(const Doctor&) = delete;

    /// Sends `{"findings":[…]}` when they are known. Who asks during an examination, or within
    /// seconds of one, gets its findings: nobody can have the sites called in a loop.
    void answer(Responder responder);

private:
    void finish(std::string body);

    EventLoop& loop_;
    const Clock& clock_;
    const Examine examine_;
    std::atomic<bool> is_cancelled_ = false;
    std::vector<Responder> waiting_;
    bool is_examining_ = false;
    std::string last_body_;
    SteadyTime last_at_{};
    std::jthread thread_;
};

}  // namespace pagepress::worker
