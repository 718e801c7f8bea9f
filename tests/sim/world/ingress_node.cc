#include "tests/sim/world/ingress_node.h"

#include <utility>

#include "common/base/invariant.h"
#include "tests/sim/world/setting.h"
#include "tests/unit/ingress/fakes.h"

namespace pagepress::sim {

namespace {

std::string head(
    const std::string& target,
    std::string_view key_header,
    std::string_view subject,
    const std::string& idempotency_key
) {
    std::string text = "POST " + target + " HTTP/1.1\r\nHost: a\r\n" + std::string(key_header) +
                       ": " + secret_of(subject) + "\r\n";
    if (!idempotency_key.empty()) text += "Idempotency-Key: " + idempotency_key + "\r\n";
    return text + "\r\n";
}

}  // namespace

IngressNode::IngressNode(Engine& engine, Broker& broker, Oracle& oracle, const Catalog& catalog)
    : engine_(engine),
      broker_(broker),
      oracle_(oracle),
      authenticator_(catalog, engine, uses_),
      parser_(catalog, engine, engine.random, authenticator_),
      pending_(std::make_shared<Pending>(ingress::PendingLimits{})) {}

ingress::ParsedTrigger IngressNode::parse(const Call& call) const {
    switch (call.kind) {
        case Call::Kind::kRule:
            return parser_.parse_rule(test::RawRequest(head(
                "/v1/trigger?method=triggerRule&ruleId=" + call.rule + "&issueId=" + call.issue,
                ingress::kRuleKeyHeader,
                call.rule,
                call.idempotency_key
            )));
        case Call::Kind::kSnapshot:
            return parser_.parse_snapshot(
                test::RawRequest(head(
                    "/v1/snapshots/" + call.snapshot,
                    ingress::kSnapshotKeyHeader,
                    call.snapshot,
                    call.idempotency_key
                )),
                call.snapshot
            );
        case Call::Kind::kPage:
            return parser_.parse_page(
                test::RawRequest(head(
                    "/take-snapshot/" + call.page,
                    ingress::kSnapshotKeyHeader,
                    "",
                    call.idempotency_key
                )),
                call.page
            );
    }
    INVARIANT(false);
}

void IngressNode::handle(const Call& call, std::function<void(int)> reply) {
    const auto trigger = parse(call);
    INVARIANT(trigger.has_value());
    const Job& job = trigger->job;
    const Record record{.topic = "jobs", .key = route_key(job), .value = encode(job)};
    const std::size_t bytes = record.key.size() + record.value.size();
    if (!pending_->has_room(bytes, engine_.steady_now())) {
        reply(503);
        return;
    }
    oracle_.on_parsed(job);
    engine_.trace("ingress", "takes job " + job.id + " for " + record.key);
    const std::uint64_t ticket =
        pending_->add({.reply = std::move(reply), .job_id = job.id}, bytes, engine_.steady_now());
    broker_.produce(record, [this, ticket, pending = pending_](Persistence persistence) {
        if (pending != pending_) return;  // of before a crash
        on_delivery({.ticket = ticket, .persistence = persistence, .reason = {}});
    });
}

void IngressNode::on_delivery(const Delivery& delivery) {
    auto taken = pending_->take(delivery.ticket, engine_.steady_now());
    INVARIANT(taken.has_value());
    const bool is_persisted = delivery.persistence == Persistence::kPersisted;
    if (is_persisted) oracle_.on_acknowledged(taken->reply.job_id);
    engine_.trace("ingress", "answers for job " + taken->reply.job_id, is_persisted ? 202 : 503);
    taken->reply.reply(is_persisted ? 202 : 503);
}

void IngressNode::crash() {
    engine_.trace("ingress", "crashes");
    oracle_.reach("ingress crashes");
    pending_ = std::make_shared<Pending>(ingress::PendingLimits{});
}

}  // namespace pagepress::sim
