// Calls an ingress at a fixed rate, however slowly it answers, or from a fixed number of callers;
// remembers every answer.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>
#include <vector>

namespace pagepress::bench {

using LoadTime = std::chrono::steady_clock::time_point;

/// One call that was sent.
struct CallResult {
    LoadTime sent_at;
    LoadTime answered_at;
    int status = 0;      ///< 0: the connection ended, or no answer came by the end
    std::string job_id;  ///< of a 202
};

struct LoadPlan {
    std::uint16_t port = 0;
    std::string request = {};  ///< bytes of one call
    /// Calls a second; 0: every connection calls again as soon as it has its answer.
    double rate = 0;
    /// With a rate: at most so many, opened as they are needed. A call for which none is free is
    /// not sent.
    int connections = 1;
    std::chrono::milliseconds duration{};
    std::stop_token stop = {};  ///< ends the run sooner
    /// How long answers are waited for behind `duration`.
    std::chrono::milliseconds patience{10'000};
};

struct LoadReport {
    std::vector<CallResult> calls;
    std::uint64_t not_sent = 0;
    LoadTime ended_at;      ///< when no more calls were sent
    double busy_share = 0;  ///< of the processors' time until then, whoever used it; 0 to 1
};

/// Runs the plan on the caller's thread.
[[nodiscard]] LoadReport run_load(const LoadPlan& plan);

}  // namespace pagepress::bench
