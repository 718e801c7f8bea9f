// The public listener's requests: trigger → job → record → delivery report → reply. One per trigger
// thread; loop thread only.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/http_server/http_server.h"
#include "common/kafka/record.h"
#include "ingress/auth/authenticator.h"
#include "ingress/auth/key_uses.h"
#include "ingress/health/readiness.h"
#include "ingress/http/job_status_route.h"
#include "ingress/http/key_use_report.h"
#include "ingress/http/routes.h"
#include "ingress/log_throttle.h"
#include "ingress/metrics.h"
#include "ingress/triggers/accepted_reply.h"
#include "ingress/triggers/parse_trigger.h"
#include "ingress/triggers/pending_replies.h"

namespace pagepress::ingress {

struct TriggerSettings {
    std::string jobs_topic;
    std::string public_url;  ///< without a trailing slash; empty: status URLs are paths
    PendingLimits pending;
};

/// What the service uses; everything outlives it.
struct TriggerPorts {
    const Catalog& catalog;
    const Clock& clock;
    Random& random;
    Redis& redis;
    RecordSink& sink;
    const Readiness& readiness;
    IngressMetrics& metrics;
    PostToLoop post;
};

class TriggerService {
public:
    TriggerService(const TriggerSettings& settings, const TriggerPorts& ports);

    void handle(const HttpRequest& request, Responder responder);

    /// Answers the call whose record this is about. Nobody was told 202 before.
    void on_delivery(const Delivery& delivery);

    /// Tells Redis which keys were used since the last time; to be called now and then.
    void report_key_uses() { key_use_report_.begin(); }

    /// Replies that still wait for their delivery report.
    [[nodiscard]] std::size_t pending_count() const { return pending_.count(); }

    [[nodiscard]] std::chrono::milliseconds oldest_pending_age() const {
        return pending_.oldest_age(ports_.clock.steady_now());
    }

private:
    struct PendingReply {
        Responder responder;
        std::string job_id;
    };

    [[nodiscard]] ParsedTrigger parse(const HttpRequest& request, const RouteMatch& match) const;
    void take_trigger(const HttpRequest& request, const RouteMatch& match, Responder responder);
    void enqueue(const Job& job, Responder responder);
    void deny(const HttpRequest& request, Denial reason, Responder responder);
    void refuse(Refusal reason, Responder responder);

    const TriggerPorts ports_;
    KeyUses key_uses_;
    const Authenticator authenticator_;
    const TriggerParser parser_;
    JobStatusRoute job_status_;
    KeyUseReport key_use_report_;
    AcceptedReply accepted_;
    const std::string not_ready_;  ///< whole 503 responses
    const std::string overloaded_;
    const std::string not_delivered_;
    PendingReplies<PendingReply> pending_;
    Record record_;  ///< reused, so that a trigger does not allocate its topic's name
    /// The last report was a failure: until one succeeds, one record at a time finds out whether
    /// Kafka stores again, and all other callers are told at once.
    bool is_delivery_failing_ = false;
    LogThrottle denial_log_{20};
    LogThrottle delivery_log_{2};
};

}  // namespace pagepress::ingress
