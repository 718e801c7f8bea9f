#include "ingress/metrics.h"

#include "common/base/invariant.h"

namespace pagepress::ingress {

namespace {

Counter refused_counter(Metrics& metrics, const std::string& reason) {
    return metrics.counter(
        "pagepress_ingress_triggers_refused_total",
        "Triggers that were not accepted, by reason.",
        {{"reason", reason}}
    );
}

}  // namespace

IngressMetrics::IngressMetrics(Metrics& metrics)
    : accepted(metrics.counter(
          "pagepress_ingress_triggers_accepted_total", "Triggers answered with 202."
      )),
      denied(refused_counter(metrics, "denied")),
      bad_calls(refused_counter(metrics, "bad_call")),
      not_ready(refused_counter(metrics, "not_ready")),
      overloaded(refused_counter(metrics, "overloaded")),
      not_delivered(refused_counter(metrics, "not_delivered")),
      delivery_seconds(metrics.histogram(
          "pagepress_ingress_delivery_seconds",
          "Time from a trigger's arrival to Kafka's delivery report.",
          latency_buckets_s()
      )) {}

Counter& IngressMetrics::refused(Refusal reason) {
    switch (reason) {
        case Refusal::kDenied:
            return denied;
        case Refusal::kBadCall:
            return bad_calls;
        case Refusal::kNotReady:
            return not_ready;
        case Refusal::kOverloaded:
            return overloaded;
        case Refusal::kNotDelivered:
            return not_delivered;
    }
    INVARIANT(false);
}

}  // namespace pagepress::ingress
