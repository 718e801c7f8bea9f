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
#include "ingress/http/denial_log.h"
#include "ingress/http/status_waits.h"

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

/// The same, and whether the job is at its end.
[[nodiscard]] StatusAnswer job_status_answer(
    std::string_view job_id,
    const Result<RedisReply>& answer,
    const std::function<bool(const Job&)>& may_view
);

/// How the status of a job is asked for.
///
/// @param may_view  as above
[[nodiscard]] StatusWaits::Question job_question(
    const std::string& job_id, std::function<bool(const Job&)> may_view
);

/// 503: Redis does not answer.
[[nodiscard]] HttpReply status_unavailable_reply();

/// The key of whichever product's header the caller sent.
[[nodiscard]] std::string_view presented_key(const HttpRequest& request);

/// The one 403 of the public listener, whatever the reason.
[[nodiscard]] HttpReply forbidden_reply();

/// One per trigger thread; loop thread only.
class JobStatusRoute {
public:
    /// References outlive it.
    JobStatusRoute(const Authenticator& authenticator, StatusWaits& waits, DenialLog& denials)
        : authenticator_(authenticator), waits_(waits), denials_(denials) {}

    void handle(const HttpRequest& request, const std::string& job_id, Responder responder);

private:
    const Authenticator& authenticator_;
    StatusWaits& waits_;
    DenialLog& denials_;
};

}  // namespace pagepress::ingress
