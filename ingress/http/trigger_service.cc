#include "ingress/http/trigger_service.h"

#include <array>
#include <utility>

#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/base/trace_context.h"
#include "ingress/http/call_replies.h"

namespace pagepress::ingress {

namespace {

/// What decides about a call; a proxy might have judged another of two values.
constexpr std::array kSingleHeaders{
    kRuleKeyHeader, kSnapshotKeyHeader, kIdempotencyKeyHeader, kSignatureHeader};

double seconds_between(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double>(to - from).count();
}

}  // namespace

TriggerService::TriggerService(const TriggerSettings& settings, const TriggerPorts& ports)
    : ports_(ports),
      authenticator_(ports.catalog, ports.clock, key_uses_),
      parser_(ports.catalog, ports.clock, ports.random, authenticator_),
      batch_parser_(ports.catalog, authenticator_, parser_),
      event_parser_(ports.catalog, ports.clock),
      idempotency_keys_(ports.redis, ports.post),
      denials_(ports.clock),
      waits_(ports.redis, ports.clock, ports.post),
      job_status_(authenticator_, waits_, denials_),
      batches_(authenticator_, ports.redis, waits_, denials_, ports.post),
      key_use_report_(key_uses_, ports.redis, ports.post),
      accepted_(settings.public_url),
      accepted_batch_(settings.public_url, "/v1/batches/"),
      not_ready_(unavailable_response("Calls cannot be taken right now; try again soon.", "2")),
      overloaded_(unavailable_response("Too many triggers are waiting; try again soon.", "1")),
      not_delivered_(unavailable_response(
          "The trigger could not be stored for certain; send it again (a repeat does no harm).", "2"
      )),
      pending_(settings.pending),
      record_{
          .topic = settings.jobs_topic,
          .key = {},
          .value = {},
          .headers = {{.name = std::string(kTraceHeader), .value = {}}},
      } {}

void TriggerService::handle(const HttpRequest& request, Responder responder) {
    const RouteMatch match = match_route(request.path);
    if (match.route == Route::kUnknown) {
        responder.send(problem_reply(404, "There is nothing at this address."));
        return;
    }
    if (const auto methods = methods_of(match.route); !takes_method(methods, request.method)) {
        responder.send(wrong_method_reply(methods));
        return;
    }
    if (const auto name = request.repeated_header(kSingleHeaders); !name.empty()) {
        responder.send(repeated_header_reply(name));
        return;
    }
    // Before the keys: an unconfirmed catalog may still hold keys that were revoked, or lack
    // others.
    if (!ports_.readiness.is_catalog_confirmed()) {
        refuse(Refusal::kNotReady, std::move(responder));
        return;
    }
    if (match.route == Route::kJob) {
        job_status_.handle(request, match.id, std::move(responder));
        return;
    }
    if (match.route == Route::kBatch && request.method == "GET") {
        batches_.handle(request, match.id, std::move(responder));
        return;
    }
    if (!ports_.readiness.is_ready()) {
        refuse(Refusal::kNotReady, std::move(responder));
    } else if (match.route == Route::kBatch) {
        batches_.handle(request, match.id, std::move(responder));
    } else if (match.route == Route::kBatches) {
        take_batch(request, std::move(responder));
    } else if (match.route == Route::kJiraEvent) {
        take_event(request, match.id, std::move(responder));
    } else {
        take_trigger(request, match, std::move(responder));
    }
}

ParsedTrigger TriggerService::parse(const HttpRequest& request, const RouteMatch& match) const {
    switch (match.route) {
        case Route::kTrigger:
            return parser_.parse_rule(request);
        case Route::kSnapshot:
            return parser_.parse_snapshot(request, match.id);
        case Route::kTakeSnapshot:
            return parser_.parse_page(request, match.id);
        case Route::kJob:
        case Route::kJiraEvent:
        case Route::kBatches:
        case Route::kBatch:
        case Route::kUnknown:
            break;
    }
    INVARIANT(false);
}

void TriggerService::take_trigger(
    const HttpRequest& request, const RouteMatch& match, Responder responder
) {
    // Before anything is done for it: under overload most calls end here.
    if (const auto refusal = refusal_of(0, 1, ports_.clock.steady_now())) {
        refuse(*refusal, std::move(responder));
        return;
    }
    ParsedTrigger parsed = parse(request, match);
    if (parsed) {
        accept(*std::move(parsed), request.header(kTraceHeader), std::move(responder));
    } else if (const Denial* denial = std::get_if<Denial>(&parsed.error())) {
        deny(request, *denial, forbidden_reply(), std::move(responder));
    } else {
        const BadCall& bad = std::get<BadCall>(parsed.error());
        refuse_call(Refusal::kBadCall, problem_reply(400, bad.detail), std::move(responder));
    }
}

void TriggerService::take_batch(const HttpRequest& request, Responder responder) {
    ParsedBatch parsed = batch_parser_.parse(request);
    if (parsed) {
        accept(*std::move(parsed), request.header(kTraceHeader), std::move(responder));
    } else if (const Denial* denial = std::get_if<Denial>(&parsed.error())) {
        deny(request, *denial, forbidden_reply(), std::move(responder));
    } else {
        refuse_call(Refusal::kBadCall, std::get<HttpReply>(parsed.error()), std::move(responder));
    }
}

void TriggerService::take_event(
    const HttpRequest& request, std::string_view site_id, Responder responder
) {
    const ParsedEvent parsed = event_parser_.parse(request, site_id);
    if (!parsed) {
        if (const Denial* denial = std::get_if<Denial>(&parsed.error())) {
            deny(request, *denial, unsigned_reply(), std::move(responder));
            return;
        }
        const BadCall& bad = std::get<BadCall>(parsed.error());
        refuse_call(Refusal::kBadCall, problem_reply(400, bad.detail), std::move(responder));
        return;
    }
    if (parsed->jobs.empty()) {
        ports_.metrics.event(parsed->outcome).add();
        responder.send({.status = 204});
        return;
    }
    if (!is_within_limit(*parsed->site, responder)) return;
    enqueue_all(*parsed, request.header(kTraceHeader), std::move(responder));
}

void TriggerService::accept(Trigger trigger, std::string_view caller_trace, Responder responder) {
    if (!is_within_limit(*trigger.site, responder)) return;
    if (trigger.idempotency.empty()) {
        enqueue(std::move(trigger), caller_trace, std::move(responder));
    } else {
        check_idempotency(std::move(trigger), std::string(caller_trace), std::move(responder));
    }
}

/// The job id follows from the content, so it tells whether two calls are the same. What waits for
/// Redis has its place among what waits for Kafka, so that it finds room there afterwards.
void TriggerService::check_idempotency(
    Trigger trigger, std::string caller_trace, Responder responder
) {
    fill_record(trigger.job);
    const std::size_t bytes = record_.key.size() + record_.value.size();
    if (const auto refusal = refusal_of(bytes, 1, ports_.clock.steady_now())) {
        refuse(*refusal, std::move(responder));
        return;
    }
    IdempotencyKeys::Call call{
        .name = trigger.idempotency, .content = trigger.job.id, .bytes = bytes};
    // std::function wants what it holds to be copyable; the responder is used by the loop alone.
    auto waiting = std::make_shared<Responder>(std::move(responder));
    idempotency_keys_.check(
        std::move(call),
        [this,
         waiting = std::move(waiting),
         trigger = std::move(trigger),
         caller_trace = std::move(caller_trace)](IdempotencyKeys::Verdict verdict) {
            if (verdict == IdempotencyKeys::Verdict::kGoOn) {
                enqueue(trigger, caller_trace, std::move(*waiting));
            } else {
                refuse_call(Refusal::kOtherContent, other_content_reply(), std::move(*waiting));
            }
        }
    );
}

void TriggerService::fill_record(const Job& job) {
    record_.key = route_key(job);
    record_.value = encode(job);
}

std::optional<Refusal> TriggerService::refusal_of(
    std::size_t bytes, std::size_t count, SteadyTime now
) const {
    if (is_delivery_failing_ && pending_.count() > 0) return Refusal::kNotReady;
    if (!has_room(bytes, count, now)) return Refusal::kOverloaded;
    return std::nullopt;
}

/// What waits for Redis counts as well.
bool TriggerService::has_room(std::size_t bytes, std::size_t count, SteadyTime now) const {
    return pending_.has_room(
        bytes + idempotency_keys_.open_bytes(), now, count + idempotency_keys_.open_checks()
    );
}

Refusal TriggerService::refusal_of(const Error& error) {
    return error.code == ErrorCode::kOverloaded ? Refusal::kOverloaded : Refusal::kNotReady;
}

void TriggerService::enqueue(Trigger trigger, std::string_view caller_trace, Responder responder) {
    const SteadyTime now = ports_.clock.steady_now();
    fill_record(trigger.job);
    const std::size_t bytes = record_.key.size() + record_.value.size();
    if (const auto refusal = refusal_of(bytes, 1, now)) {
        refuse(*refusal, std::move(responder));
        return;
    }
    continue_trace(record_.headers.front().value, caller_trace, trigger.job.id);
    if (const auto appended = ports_.sink.append(record_, pending_.next_ticket()); !appended) {
        refuse(refusal_of(appended.error()), std::move(responder));
        return;
    }
    pending_.add(
        PendingReply{
            .responder = std::move(responder),
            .job_id = std::move(trigger.job.id),
            .idempotency = std::move(trigger.idempotency),
            .batch_site = trigger.job.batch ? std::move(trigger.job.site) : std::string(),
        },
        bytes,
        now
    );
}

/// All records or none, as far as that can be known beforehand; one that is not taken afterwards
/// fails the event, whose repeat makes the same jobs again.
void TriggerService::enqueue_all(
    const FiredEvent& event, std::string_view caller_trace, Responder responder
) {
    const SteadyTime now = ports_.clock.steady_now();
    if (const auto refusal = refusal_of(0, event.jobs.size(), now)) {
        refuse(*refusal, std::move(responder));
        return;
    }
    auto reply = std::make_shared<EventReply>(std::move(responder));
    continue_trace(record_.headers.front().value, caller_trace, event.jobs.front().id);
    std::optional<Refusal> refusal;
    for (const Job& job : event.jobs) {
        refusal = append_for(reply, job, now);
        if (refusal) break;
    }
    if (!refusal) return;
    reply->note_failure();
    if (!reply->is_open()) refuse(*refusal, reply->take_responder());
}

std::optional<Refusal> TriggerService::append_for(
    const std::shared_ptr<EventReply>& reply, const Job& job, SteadyTime now
) {
    fill_record(job);
    const std::size_t bytes = record_.key.size() + record_.value.size();
    if (!has_room(bytes, 1, now)) return Refusal::kOverloaded;
    const auto appended = ports_.sink.append(record_, pending_.next_ticket());
    if (!appended) return refusal_of(appended.error());
    reply->add_open(job);
    PendingEvent pending{.reply = reply};
    if (job.batch) {
        pending.batch_id = job.id;
        pending.batch_site = job.site;
    }
    pending_.add(std::move(pending), bytes, now);
    return std::nullopt;
}

bool TriggerService::is_within_limit(const Site& site, Responder& responder) {
    const auto wait = ports_.limits.take(site, ports_.clock.steady_now());
    if (!wait) return true;
    refuse_call(Refusal::kOverLimit, over_limit_reply(site, *wait), std::move(responder));
    return false;
}

std::string_view TriggerService::job_id_of(const Waiting& waiting) {
    const auto* reply = std::get_if<PendingReply>(&waiting);
    return reply == nullptr ? "one of an event's" : std::string_view(reply->job_id);
}

void TriggerService::on_delivery(const Delivery& delivery) {
    const SteadyTime now = ports_.clock.steady_now();
    auto taken = pending_.take(delivery.ticket, now);
    INVARIANT(taken.has_value());
    is_delivery_failing_ = delivery.persistence != Persistence::kPersisted;
    if (!is_delivery_failing_) {
        ports_.metrics.delivery_seconds.observe(seconds_between(taken->added_at, now));
    } else if (const auto left_out = delivery_log_.admit(now)) {
        log_warn(
            "a record was not acknowledged; its caller gets 503",
            {{"job_id", job_id_of(taken->reply)},
             {"reason", delivery.reason},
             {"lines_left_out", *left_out}}
        );
    }
    if (const auto* event = std::get_if<PendingEvent>(&taken->reply)) {
        answer_event(*event, delivery.persistence);
    } else {
        answer_call(std::get<PendingReply>(std::move(taken->reply)), delivery.persistence);
    }
}

void TriggerService::answer_call(PendingReply reply, Persistence persistence) {
    if (persistence != Persistence::kPersisted) {
        refuse(Refusal::kNotDelivered, std::move(reply.responder));
        return;
    }
    if (!reply.idempotency.empty()) idempotency_keys_.remember(reply.idempotency, reply.job_id);
    ports_.metrics.accepted.add();
    if (reply.batch_site.empty()) {
        reply.responder.send_formatted(202, accepted_.with_job(reply.job_id));
        return;
    }
    batches_.note_accepted(reply.job_id, reply.batch_site);
    ports_.metrics.batches.add();
    reply.responder.send_formatted(202, accepted_batch_.with_job(reply.job_id));
}

void TriggerService::answer_event(const PendingEvent& pending, Persistence persistence) {
    EventReply& event = *pending.reply;
    if (persistence != Persistence::kPersisted) {
        event.note_failure();
    } else if (!pending.batch_id.empty()) {
        batches_.note_accepted(pending.batch_id, pending.batch_site);
    }
    if (!event.close_one()) return;
    if (event.has_failed()) {
        refuse(Refusal::kNotDelivered, event.take_responder());
        return;
    }
    ports_.metrics.event(EventOutcome::kFired).add();
    ports_.metrics.event_jobs.add(static_cast<double>(event.job_count()));
    event.take_responder().send(event.accepted());
}

void TriggerService::deny(
    const HttpRequest& request, Denial reason, const HttpReply& reply, Responder responder
) {
    denials_.note(reason, request.path, request.query_parameter("ruleId").value_or(""));
    refuse_call(Refusal::kDenied, reply, std::move(responder));
}

void TriggerService::refuse_call(Refusal reason, const HttpReply& reply, Responder responder) {
    ports_.metrics.refused(reason).add();
    responder.send(reply);
}

void TriggerService::refuse(Refusal reason, Responder responder) {
    ports_.metrics.refused(reason).add();
    const std::string& response = reason == Refusal::kNotReady     ? not_ready_
                                  : reason == Refusal::kOverloaded ? overloaded_
                                                                   : not_delivered_;
    responder.send_formatted(503, response);
}

}  // namespace pagepress::ingress
