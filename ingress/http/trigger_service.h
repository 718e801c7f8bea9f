// The public listener's requests: trigger or event → jobs → records → delivery reports → reply. One
// per trigger thread; loop thread only.
#pragma once

#include <memory>
#include <string>
#include <variant>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/http_server/http_server.h"
#include "common/kafka/record.h"
#include "ingress/auth/authenticator.h"
#include "ingress/auth/key_uses.h"
#include "ingress/events/event_parser.h"
#include "ingress/events/event_reply.h"
#include "ingress/health/readiness.h"
#include "ingress/http/batch_route.h"
#include "ingress/http/denial_log.h"
#include "ingress/http/idempotency_keys.h"
#include "ingress/http/job_status_route.h"
#include "ingress/http/key_use_report.h"
#include "ingress/http/routes.h"
#include "ingress/http/status_waits.h"
#include "ingress/log_throttle.h"
#include "ingress/metrics.h"
#include "ingress/triggers/accepted_reply.h"
#include "ingress/triggers/parse_batch.h"
#include "ingress/triggers/parse_trigger.h"
#include "ingress/triggers/pending_replies.h"
#include "ingress/triggers/site_limits.h"

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
    SiteLimits& limits;  ///< one for all threads
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

    /// Asks again for callers that wait for a job's or batch's end; to be called every
    /// `kStatusWaitTick`.
    void serve_waits() { waits_.serve(); }

    /// Answers those callers with what is known, and lets nobody wait any more.
    void end_waits() { waits_.end_all(); }

    /// Looks whether webhook secrets have changed; to be called every `SecretFile::kLookInterval`.
    void look_at_secrets() { event_parser_.look_at_secrets(); }

    /// Records that wait for their delivery report, and calls that wait for Redis before it.
    [[nodiscard]] std::size_t pending_count() const {
        return pending_.count() + idempotency_keys_.open_checks();
    }

    [[nodiscard]] std::chrono::milliseconds oldest_pending_age() const {
        return pending_.oldest_age(ports_.clock.steady_now());
    }

private:
    /// Who is told about one record: the caller of a trigger ...
    struct PendingReply {
        Responder responder;
        std::string job_id;
        std::string idempotency;      ///< of the caller's key; empty: he gave none
        std::string batch_site = {};  ///< of a batch; empty: the job is another one
    };

    /// ... or an event, which shares it among the records of all the rules that it fires.
    struct PendingEvent {
        std::shared_ptr<EventReply> reply;
        std::string batch_id = {};    ///< of a batch; empty: this record is of another job
        std::string batch_site = {};  ///< the same
    };

    using Waiting = std::variant<PendingReply, PendingEvent>;

    [[nodiscard]] ParsedTrigger parse(const HttpRequest& request, const RouteMatch& match) const;
    void take_trigger(const HttpRequest& request, const RouteMatch& match, Responder responder);
    void take_batch(const HttpRequest& request, Responder responder);
    void take_event(const HttpRequest& request, std::string_view site_id, Responder responder);
    void accept(Trigger trigger, std::string_view caller_trace, Responder responder);
    void check_idempotency(Trigger trigger, std::string caller_trace, Responder responder);
    void enqueue(Trigger trigger, std::string_view caller_trace, Responder responder);
    void enqueue_all(const FiredEvent& event, std::string_view caller_trace, Responder responder);
    std::optional<Refusal> append_for(
        const std::shared_ptr<EventReply>& reply, const Job& job, SteadyTime now
    );
    void fill_record(const Job& job);
    [[nodiscard]] static std::string_view job_id_of(const Waiting& waiting);
    [[nodiscard]] std::optional<Refusal> refusal_of(
        std::size_t bytes, std::size_t count, SteadyTime now
    ) const;
    [[nodiscard]] static Refusal refusal_of(const Error& error);
    [[nodiscard]] bool has_room(std::size_t bytes, std::size_t count, SteadyTime now) const;
    void answer_call(PendingReply reply, Persistence persistence);
    void answer_event(const PendingEvent& pending, Persistence persistence);
    void deny(
        const HttpRequest& request, Denial reason, const HttpReply& reply, Responder responder
    );
    void refuse_call(Refusal reason, const HttpReply& reply, Responder responder);
    [[nodiscard]] bool is_within_limit(const Site& site, Responder& responder);
    void refuse(Refusal reason, Responder responder);

    const TriggerPorts ports_;
    KeyUses key_uses_;
    const Authenticator authenticator_;
    const TriggerParser parser_;
    const BatchParser batch_parser_;
    EventParser event_parser_;
    IdempotencyKeys idempotency_keys_;
    DenialLog denials_;
    StatusWaits waits_;
    JobStatusRoute job_status_;
    BatchRoute batches_;
    KeyUseReport key_use_report_;
    AcceptedReply accepted_;
    AcceptedReply accepted_batch_;
    const std::string not_ready_;  ///< whole 503 responses
    const std::string overloaded_;
    const std::string not_delivered_;
    PendingReplies<Waiting> pending_;
    Record record_;  ///< reused, so that a trigger does not allocate its topic's name and headers
    /// The last report was a failure: until one succeeds, one record at a time finds out whether
    /// Kafka stores again, and all other callers are told at once.
    bool is_delivery_failing_ = false;
    LogThrottle delivery_log_{2};
};

}  // namespace pagepress::ingress
