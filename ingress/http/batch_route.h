// GET and DELETE /v1/batches/{id}: how far a batch has come, and calling it off. One per trigger
// thread; loop thread only.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "common/http_server/http_server.h"
#include "common/job/batch_status.h"
#include "common/redis/redis.h"
#include "ingress/auth/authenticator.h"
#include "ingress/http/denial_log.h"
#include "ingress/http/status_waits.h"

namespace pagepress::ingress {

/// The status as JSON.
[[nodiscard]] std::string batch_status_json(std::string_view batch_id, const BatchStatus& status);

/// The reply from what Redis answered to `read_batch_command`; 403 if it is not for the caller.
///
/// @param may_view  whether the caller may see the batches of a site
[[nodiscard]] StatusAnswer batch_status_answer(
    std::string_view batch_id,
    const Result<RedisReply>& answer,
    const std::function<bool(std::string_view site)>& may_view
);

/// The reply from what Redis answered to `cancel_batch_command`: 202; 404 for a batch that is not
/// known, 403 for one of others, 200 with its status for one that was at its end.
///
/// @param may_view  whether the caller may see the batches of a site
[[nodiscard]] HttpReply cancelled_reply(
    std::string_view batch_id,
    const Result<RedisReply>& answer,
    const std::function<bool(std::string_view site)>& may_view
);

[[nodiscard]] HttpReply bad_batch_id_reply();

class BatchRoute {
public:
    /// References outlive it, and `redis` is stopped before the loop is destroyed.
    BatchRoute(
        const Authenticator& authenticator,
        Redis& redis,
        StatusWaits& waits,
        DenialLog& denials,
        PostToLoop post
    )
        : authenticator_(authenticator),
          redis_(redis),
          waits_(waits),
          denials_(denials),
          post_(std::move(post)) {}

    /// GET is answered also while the site is switched off, DELETE is not.
    void handle(const HttpRequest& request, const std::string& batch_id, Responder responder);

    /// Notes that Kafka has the batch, so that it is shown as queued. Does not wait.
    void note_accepted(std::string_view batch_id, std::string_view site);

private:
    void show(const HttpRequest& request, const std::string& batch_id, Responder responder);
    void cancel(const HttpRequest& request, const std::string& batch_id, Responder responder);
    void deny(const HttpRequest& request, Denial reason, Responder responder);
    [[nodiscard]] std::function<bool(std::string_view)> only_of(
        const std::string& site, const HttpRequest& request
    );

    const Authenticator& authenticator_;
    Redis& redis_;
    StatusWaits& waits_;
    DenialLog& denials_;
    const PostToLoop post_;
};

}  // namespace pagepress::ingress
