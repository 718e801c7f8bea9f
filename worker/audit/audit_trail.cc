#include "worker/audit/audit_trail.h"

#include <utility>

#include "common/audit/audit_event.h"

namespace pagepress::worker {

namespace {

Counter dropped_counter(Metrics& metrics, const std::string& reason) {
    return metrics.counter(
        "pagepress_audit_events_dropped_total",
        "Audit events that did not get on their topic, by reason.",
        {{"reason", reason}}
    );
}

std::string_view type_of(const JobResult& result) {
    switch (result.verdict) {
        case Verdict::kDone:
            if (result.job.job.kind == JobKind::kBatch) return "batch.queued";
            if (result.effect == PageEffect::kCreated) return "page.created";
            return result.effect == PageEffect::kUpdated ? "page.updated" : "page.unchanged";
        case Verdict::kCoalesced:
            return "job.coalesced";
        case Verdict::kSkipped:
            return "job.skipped";
        case Verdict::kDead:
            return "job.dead";
        case Verdict::kFinished:
        case Verdict::kRetry:
        case Verdict::kSnooze:
            break;
    }
    return {};
}

void add_text(boost::json::object& out, std::string_view name, const std::string& text) {
    if (!text.empty()) out.emplace(name, text);
}

}  // namespace

AuditTrail::AuditTrail(std::string topic, const Clock& clock, Metrics& metrics)
    : topic_(std::move(topic)),
      clock_(clock),
      sent_(metrics.counter(
          "pagepress_audit_events_total", "Audit events that Kafka has acknowledged."
      )),
      not_queued_(dropped_counter(metrics, "queue_full")),
      not_delivered_(dropped_counter(metrics, "not_delivered")) {}

void AuditTrail::note(const PressResult& result) {
    const MutexLock lock(mutex_);
    for (const JobResult& job : result.results) {
        if (!type_of(job).empty()) add(job);
    }
}

void AuditTrail::add(const JobResult& result) {
    if (waiting_.size() >= kWaitingMax) {
        not_queued_.add();
        return;
    }
    const Job& job = result.job.job;
    const JobStatus& status = result.status;
    AuditEvent event = job_event(type_of(result), job, clock_.unix_now());
    if (!status.page_id.empty()) event.page_id = status.page_id;
    add_text(event.more, "page_url", status.page_url);
    if (status.version > 0) event.more.emplace("page_version", status.version);
    add_text(event.more, "reason", status.reason);
    if (result.verdict == Verdict::kDead) event.more.emplace("code", name_of(result.code));
    add_text(event.more, "completed_by", status.pressed_by);
    event.more.emplace("attempts", status.attempts);
    waiting_.push_back(audit_record(topic_, audit_key(job, event.page_id), event));
}

void AuditTrail::send_waiting(RecordSink& sink) {
    while (true) {
        Record record;
        {
            const MutexLock lock(mutex_);
            if (waiting_.empty()) return;
            record = std::move(waiting_.front());
            waiting_.pop_front();
        }
        if (sink.append(record, next_ticket_)) {
            ++next_ticket_;
            continue;
        }
        const MutexLock lock(mutex_);
        waiting_.push_front(std::move(record));
        return;
    }
}

void AuditTrail::on_delivery(const Delivery& delivery) {
    (delivery.persistence == Persistence::kPersisted ? sent_ : not_delivered_).add();
}

}  // namespace pagepress::worker
