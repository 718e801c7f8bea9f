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
};

struct IngressMetrics {
    explicit IngressMetrics(Metrics& metrics);

    Counter& refused(Refusal reason);

    Counter accepted;
    Counter denied;
    Counter bad_calls;
    Counter not_ready;
    Counter overloaded;
    Counter not_delivered;
    Histogram delivery_seconds;
};

}  // namespace pagepress::ingress
