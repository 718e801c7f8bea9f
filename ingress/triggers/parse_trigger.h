// From a trigger call to its job, or to what is wrong with the call.
#pragma once

#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

#include "common/base/clock.h"
#include "common/base/random.h"
#include "common/catalog/catalog.h"
#include "common/http_server/http_server.h"
#include "common/job/job.h"
#include "ingress/auth/authenticator.h"

namespace pagepress::ingress {

/// What the caller got wrong: the `detail` of a 400, which names the parameter.
struct BadCall {
    std::string detail;
};

/// A call that is allowed and complete.
struct Trigger {
    Job job;
    std::shared_ptr<const Site> site;
    /// Names the caller's Idempotency-Key, whose scope is his API key's entry; empty: he gave none.
    std::string idempotency{};
};

using ParsedTrigger = std::expected<Trigger, std::variant<BadCall, Denial>>;

/// One per thread, as its Random may be. References outlive it.
class TriggerParser {
public:
    TriggerParser(
        const Catalog& catalog,
        const Clock& clock,
        Random& random,
        const Authenticator& authenticator
    )
        : catalog_(catalog), clock_(clock), random_(random), authenticator_(authenticator) {}

    /// `/v1/trigger?method=triggerRule&ruleId=…&issueId=…` with `x-autopage-api-key`.
    [[nodiscard]] ParsedTrigger parse_rule(const HttpRequest& request) const;

    /// `/v1/snapshots/{snapshotId}` with `jira-snapshots-api-key`.
    [[nodiscard]] ParsedTrigger parse_snapshot(
        const HttpRequest& request, std::string_view snapshot_id
    ) const;

    /// `/take-snapshot/{pageId}` with the site's global key in `jira-snapshots-api-key`.
    [[nodiscard]] ParsedTrigger parse_page(const HttpRequest& request, std::string_view page_id)
        const;

    /// What allowed the call, whatever its subject.
    struct Caller {
        const ApiKey& key;
        const std::shared_ptr<const Site>& site;
    };

    /// Completes the job of an allowed call: its id, from the Idempotency-Key if there is one, and
    /// its times.
    [[nodiscard]] ParsedTrigger finish(const HttpRequest& request, Caller caller, Job job) const;

private:
    const Catalog& catalog_;
    const Clock& clock_;
    Random& random_;
    const Authenticator& authenticator_;
};

inline constexpr std::string_view kRuleKeyHeader = "x-autopage-api-key";
inline constexpr std::string_view kSnapshotKeyHeader = "jira-snapshots-api-key";

}  // namespace pagepress::ingress
