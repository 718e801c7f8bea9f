#include "ingress/metrics.h"

#include "common/base/invariant.h"

namespace pagepress::ingress {

namespace {

Counter refused_counter(Metrics& metrics, const std::string& reason) {
    return metrics.counter(
        "pagepress_ingress_triggers_refused_total",
        "Calls, events among them, that were not accepted, by reason.",
        {{"reason", reason}}
    );
}

Counter event_counter(Metrics& metrics, const std::string& outcome) {
    return metrics.counter(
        "pagepress_ingress_events_total",
        "Authentic events of Jira, by what became of them.",
        {{"outcome", outcome}}
    );
}

}  // namespace

IngressMetrics::IngressMetrics(Metrics& metrics)
    : accepted(metrics.counter(
          "pagepress_ingress_triggers_accepted_total", "Triggers answered with 202."
      )),
      batches(
          metrics.counter("pagepress_ingress_batches_accepted_total", "Batches answered with 202.")
      ),
      denied(refused_counter(metrics, "denied")),
      bad_calls(refused_counter(metrics, "bad_call")),
      not_ready(refused_counter(metrics, "not_ready")),
      overloaded(refused_counter(metrics, "overloaded")),
      not_delivered(refused_counter(metrics, "not_delivered")),
      over_limit(refused_counter(metrics, "over_limit")),
      other_content(refused_counter(metrics, "other_content")),
      events_fired(event_counter(metrics, "fired")),
      events_unheard(event_counter(metrics, "unheard")),
      events_own(event_counter(metrics, "own")),
      event_jobs(metrics.counter(
          "pagepress_ingress_event_jobs_total", "Jobs that events of Jira have made."
      )),
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
        case Refusal::kOverLimit:
            return over_limit;
        case Refusal::kOtherContent:
            return other_content;
    }
    INVARIANT(false);
}

Counter& IngressMetrics::event(EventOutcome outcome) {
    switch (outcome) {
        case EventOutcome::kFired:
            return events_fired;
        case EventOutcome::kUnheard:
            return events_unheard;
        case EventOutcome::kOwn:
            return events_own;
    }
    INVARIANT(false);
}

}  // namespace pagepress::ingress
