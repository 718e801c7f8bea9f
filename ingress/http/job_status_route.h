// GET /v1/jobs/{id}: what is known about a job, for those who may have triggered it.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/base/digest.h"
#include "common/http_server/http_server.h"
#include "common/job/job_status.h"
#include "common/redis/redis.h"
#include "ingress/auth/authenticator.h"

namespace pagepress::ingress {

/// The status as JSON.
[[nodiscard]] std::string job_status_json(const JobStatus& status);

/// The reply for a job that no status is kept of.
[[nodiscard]] HttpReply unknown_job_reply(std::string_view job_id);

/// The reply from what Redis answered; 403 if the caller may not see the job.
///
/// @param may_view  whether the caller may see the job, once it is known
[[nodiscard]] HttpReply job_status_reply(
    std::string_view job_id,
    const Result<RedisReply>& answer,
    const std::function<bool(const Job&)>& may_view
);

/// The one 403 of the public listener, whatever the reason.
[[nodiscard]] HttpReply forbidden_reply();

/// Runs something on the loop thread soon. Any thread.
using PostToLoop = std::function<void(std::function<void()>)>;

/// One per trigger thread; loop thread only.
class JobStatusRoute {
public:
    /// References outlive it, and `redis` is stopped before the loop is destroyed.
    JobStatusRoute(const Authenticator& authenticator, Redis& redis, PostToLoop post)
        : authenticator_(authenticator), redis_(redis), post_(std::move(post)) {}

    void handle(const HttpRequest& request, const std::string& job_id, Responder responder);

private:
    const Authenticator& authenticator_;
    Redis& redis_;
    const PostToLoop post_;
};

}  // namespace pagepress::ingress
