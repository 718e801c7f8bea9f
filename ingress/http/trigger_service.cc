#include "ingress/http/trigger_service.h"

#include <utility>

#include "common/base/invariant.h"
#include "common/base/log.h"

namespace pagepress::ingress {

namespace {

std::string unavailable(std::string_view detail, std::string retry_after_s) {
    HttpReply reply = problem_reply(503, detail);
    reply.headers.push_back({.name = "Retry-After", .value = std::move(retry_after_s)});
    return format_reply(reply);
}

double seconds_between(SteadyTime from, SteadyTime to) {
    return std::chrono::duration<double>(to - from).count();
}

HttpReply wrong_method_reply(std::string_view allowed) {
    HttpReply reply =
        problem_reply(405, "This address takes " + std::string(allowed) + " requests only.");
    reply.headers.push_back({.name = "Allow", .value = std::string(allowed)});
    return reply;
}

}  // namespace

TriggerService::TriggerService(const TriggerSettings& settings, const TriggerPorts& ports)
    : ports_(ports),
      authenticator_(ports.catalog, ports.clock, key_uses_),
      parser_(ports.catalog, ports.clock, ports.random, authenticator_),
      job_status_(authenticator_, ports.redis, ports.post),
      key_use_report_(key_uses_, ports.redis, ports.post),
      accepted_(settings.public_url),
      not_ready_(unavailable("Calls cannot be taken right now; try again soon.", "2")),
      overloaded_(unavailable("Too many triggers are waiting; try again soon.", "1")),
      not_delivered_(unavailable(
          "The trigger could not be stored for certain; send it again (a repeat does no harm).", "2"
      )),
      pending_(settings.pending),
      record_{.topic = settings.jobs_topic, .key = {}, .value = {}} {}

void TriggerService::handle(const HttpRequest& request, Responder responder) {
    const RouteMatch match = match_route(request.path);
    if (match.route == Route::kUnknown) {
        responder.send(problem_reply(404, "There is nothing at this address."));
        return;
    }
    const std::string_view allowed = method_of(match.route);
    if (!allowed.empty() && request.method != allowed) {
        responder.send(wrong_method_reply(allowed));
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
    take_trigger(request, match, std::move(responder));
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
        case Route::kUnknown:
            break;
    }
    INVARIANT(false);
}

void TriggerService::take_trigger(
    const HttpRequest& request, const RouteMatch& match, Responder responder
) {
    if (!ports_.readiness.is_ready()) {
        refuse(Refusal::kNotReady, std::move(responder));
        return;
    }
    const ParsedTrigger parsed = parse(request, match);
    if (parsed) {
        enqueue(*parsed, std::move(responder));
    } else if (const Denial* denial = std::get_if<Denial>(&parsed.error())) {
        deny(request, *denial, std::move(responder));
    } else {
        ports_.metrics.refused(Refusal::kBadCall).add();
        responder.send(problem_reply(400, std::get<BadCall>(parsed.error()).detail));
    }
}

void TriggerService::enqueue(const Job& job, Responder responder) {
    const SteadyTime now = ports_.clock.steady_now();
    record_.key = route_key(job);
    record_.value = encode(job);
    const std::size_t bytes = record_.key.size() + record_.value.size();
    if (is_delivery_failing_ && pending_.count() > 0) {
        refuse(Refusal::kNotReady, std::move(responder));
        return;
    }
    if (!pending_.has_room(bytes, now)) {
        refuse(Refusal::kOverloaded, std::move(responder));
        return;
    }
    if (const auto appended = ports_.sink.append(record_, pending_.next_ticket()); !appended) {
        const bool is_full = appended.error().code == ErrorCode::kOverloaded;
        refuse(is_full ? Refusal::kOverloaded : Refusal::kNotReady, std::move(responder));
        return;
    }
    pending_.add({.responder = std::move(responder), .job_id = job.id}, bytes, now);
}

void TriggerService::on_delivery(const Delivery& delivery) {
    auto taken = pending_.take(delivery.ticket);
    INVARIANT(taken.has_value());
    const SteadyTime now = ports_.clock.steady_now();
    is_delivery_failing_ = delivery.persistence != Persistence::kPersisted;
    if (!is_delivery_failing_) {
        ports_.metrics.accepted.add();
        ports_.metrics.delivery_seconds.observe(seconds_between(taken->added_at, now));
        taken->reply.responder.send_formatted(202, accepted_.with_job(taken->reply.job_id));
        return;
    }
    if (const auto left_out = delivery_log_.admit(now)) {
        log_warn(
            "a record was not acknowledged; its caller gets 503",
            {{"job_id", taken->reply.job_id},
             {"reason", delivery.reason},
             {"lines_left_out", *left_out}}
        );
    }
    refuse(Refusal::kNotDelivered, std::move(taken->reply.responder));
}

void TriggerService::deny(const HttpRequest& request, Denial reason, Responder responder) {
    ports_.metrics.refused(Refusal::kDenied).add();
    if (const auto left_out = denial_log_.admit(ports_.clock.steady_now())) {
        log_info(
            "a trigger was refused",
            {{"reason", name_of(reason)},
             {"path", request.path.substr(0, 128)},
             {"rule", request.query_parameter("ruleId").value_or("").substr(0, 64)},
             {"lines_left_out", *left_out}}
        );
    }
    responder.send(forbidden_reply());
}

void TriggerService::refuse(Refusal reason, Responder responder) {
    ports_.metrics.refused(reason).add();
    const std::string& response = reason == Refusal::kNotReady     ? not_ready_
                                  : reason == Refusal::kOverloaded ? overloaded_
                                                                   : not_delivered_;
    responder.send_formatted(503, response);
}

}  // namespace pagepress::ingress
