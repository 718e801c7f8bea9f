// Tells Redis which keys one trigger thread has seen. Loop thread only.
#pragma once

#include "common/redis/redis.h"
#include "ingress/auth/key_uses.h"
#include "ingress/http/job_status_route.h"

namespace pagepress::ingress {

/// Time between two reports: how far behind the last use that people see may be.
inline constexpr std::chrono::milliseconds kKeyUseReportEvery{5'000};

/// Sends part after part, each when the one before it is answered, so that neither the loop nor
/// Redis is busy for long. What Redis does not take is kept for the next report.
class KeyUseReport {
public:
    /// References outlive it, and `redis` is stopped before the loop is destroyed.
    KeyUseReport(KeyUses& uses, Redis& redis, PostToLoop post)
        : uses_(uses), redis_(redis), post_(std::move(post)) {}

    /// Begins to tell what was noted so far; does nothing while an earlier report is under way.
    void begin();

private:
    void send_part();

    KeyUses& uses_;
    Redis& redis_;
    const PostToLoop post_;
    KeyUseTimes left_;  ///< not told yet
    bool is_under_way_ = false;
};

}  // namespace pagepress::ingress
