// An ingress: the parser, the identities and the table of pending replies of production, between
// simulated callers and the simulated broker.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ingress/triggers/parse_trigger.h"
#include "ingress/triggers/pending_replies.h"
#include "tests/sim/world/broker.h"
#include "tests/sim/world/oracle.h"

namespace pagepress::sim {

/// A call as a client makes it.
struct Call {
    enum class Kind { kRule, kSnapshot, kPage };
    Kind kind = Kind::kRule;
    std::string rule;
    std::string issue;  ///< id or key
    std::string snapshot;
    std::string page;
    std::string idempotency_key;  ///< empty: none
};

/// Passive: one call after the other, as on its loop thread.
class IngressNode {
public:
    IngressNode(Engine& engine, Broker& broker, Oracle& oracle, const Catalog& catalog);

    /// `reply` gets the status; never, if the ingress crashes before.
    void handle(const Call& call, std::function<void(int)> reply);

    /// Everything that it holds is gone; it is back at once.
    void crash();

private:
    struct PendingReply {
        std::function<void(int)> reply;
        std::string job_id;
    };

    using Pending = ingress::PendingReplies<PendingReply>;

    [[nodiscard]] ingress::ParsedTrigger parse(const Call& call) const;
    void on_delivery(const Delivery& delivery);

    Engine& engine_;
    Broker& broker_;
    Oracle& oracle_;
    ingress::KeyUses uses_;
    ingress::Authenticator authenticator_;
    ingress::TriggerParser parser_;
    std::shared_ptr<Pending> pending_;  ///< another one after each crash
};

}  // namespace pagepress::sim
