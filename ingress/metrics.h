// The ingress' metrics, by name. Shared by all its threads.
#pragma once

#include <string>

#include "common/base/metrics.h"

namespace pagepress::ingress {

/// Why a trigger was not accepted, as the label `reason`.
enum class Refusal {
    kDenied,        ///< 403
    kBadCall,       ///< 400
    kNotReady,      ///< 503: Kafka or catalog
    kOverloaded,    ///< 503: pending replies or the producer's queue are full
    kNotDelivered,  ///< 503: no acknowledgement from Kafka
    kOverLimit,     ///< 429: more calls than the site may make
    kOtherContent,  ///< 422: an Idempotency-Key that stands for another call
};

/// What became of an authentic event of Jira, as the label `outcome`.
enum class EventOutcome {
    kFired,    ///< 202: jobs for every rule that listens
    kUnheard,  ///< 204: no rule listens, or nothing that a rule can listen to
    kOwn,      ///< 204: our own account caused it
};

struct IngressMetrics {
    explicit IngressMetrics(Metrics& metrics);

    Counter& refused(Refusal reason);
    Counter& event(EventOutcome outcome);

    Counter accepted;
    Counter batches;
    Counter denied;
    Counter bad_calls;
    Counter not_ready;
    Counter overloaded;
    Counter not_delivered;
    Counter over_limit;
    Counter other_content;
    Counter events_fired;
    Counter events_unheard;
    Counter events_own;
    Counter event_jobs;
    Histogram delivery_seconds;
};

}  // namespace pagepress::ingress
