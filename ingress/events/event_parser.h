// From a webhook call of Jira to the jobs that it fires, or to why it fires none. One per trigger
// thread.
#pragma once

#include <expected>
#include <memory>
#include <string_view>
#include <variant>
#include <vector>

#include "common/base/clock.h"
#include "common/catalog/catalog.h"
#include "common/http_server/http_server.h"
#include "common/job/job.h"
#include "ingress/auth/authenticator.h"
#include "ingress/events/jira_message.h"
#include "ingress/events/webhook_secrets.h"
#include "ingress/metrics.h"
#include "ingress/triggers/parse_trigger.h"

namespace pagepress::ingress {

/// `sha256=<hex>` of the body (docs/jira-webhooks.md).
inline constexpr std::string_view kSignatureHeader = "X-Hub-Signature";

/// An authentic event. There are jobs if, and only if, it fires rules.
struct FiredEvent {
    EventOutcome outcome = EventOutcome::kUnheard;
    std::shared_ptr<const Site> site{};
    std::vector<Job> jobs{};
};

using ParsedEvent = std::expected<FiredEvent, std::variant<BadCall, Denial>>;

class EventParser {
public:
    /// References outlive it.
    EventParser(const Catalog& catalog, const Clock& clock)
        : catalog_(catalog), clock_(clock), secrets_(clock) {}

    /// `POST /v1/events/jira/{siteId}`. A signature is computed and compared whatever the site is,
    /// so that the time of a refusal does not tell its reason.
    [[nodiscard]] ParsedEvent parse(const HttpRequest& request, std::string_view site_id);

    /// Looks whether secrets have changed; to be called every `SecretFile::kLookInterval`.
    void look_at_secrets() { secrets_.look(); }

private:
    [[nodiscard]] std::expected<std::shared_ptr<const Site>, Denial> permit(
        const HttpRequest& request, std::string_view site_id
    );
    [[nodiscard]] FiredEvent fire(
        const JiraMessage& message, const HttpRequest& request, std::shared_ptr<const Site> site
    ) const;

    const Catalog& catalog_;
    const Clock& clock_;
    WebhookSecrets secrets_;
};

}  // namespace pagepress::ingress
