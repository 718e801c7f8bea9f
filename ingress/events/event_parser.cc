#include "ingress/events/event_parser.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "common/base/digest.h"
#include "ingress/events/listening_rules.h"

namespace pagepress::ingress {

namespace {

constexpr std::string_view kIdentifierHeader = "X-Atlassian-Webhook-Identifier";
/// Signed with where there is no secret, for the sake of the work alone.
const std::vector<std::string> kNoSecrets{std::string(32, ' ')};

/// Digest of `sha256=<64 hex digits>` (WebSub, section 7.1).
std::optional<Sha256> signature_from(std::string_view header) {
    constexpr std::string_view kMethod = "sha256=";
    if (!header.starts_with(kMethod)) return std::nullopt;
    return sha256_from_hex(header.substr(kMethod.size()));
}

bool is_signed_with_one(
    const std::vector<std::string>& secrets, std::string_view body, const Sha256& signature
) {
    bool is_equal = false;
    for (const std::string& secret : secrets) {
        if (equal_constant_time(hmac_sha256(secret, body), signature)) is_equal = true;
    }
    return is_equal;
}

/// Equal for every delivery of one event: Jira repeats identifier and body. The identifier is not
/// signed, so that it alone would let anybody take a later event's place.
std::string message_id_of(const HttpRequest& request) {
    return std::string(request.header(kIdentifierHeader)) + "/" + to_hex(sha256(request.body));
}

bool is_caused_by(const JiraMessage& message, std::string_view account) {
    return !account.empty() && std::ranges::find(message.actor, account) != message.actor.end();
}

}  // namespace

std::expected<std::shared_ptr<const Site>, Denial> EventParser::permit(
    const HttpRequest& request, std::string_view site_id
) {
    auto site = catalog_.site(site_id);
    const bool has_file = site != nullptr && !site->webhook_secret_file.empty();
    const auto& secrets = has_file ? secrets_.secrets(site->webhook_secret_file) : kNoSecrets;
    const bool has_secret = has_file && !secrets.empty();
    const auto signature = signature_from(request.header(kSignatureHeader));
    const bool is_signed = is_signed_with_one(
        has_secret ? secrets : kNoSecrets, request.body, signature.value_or(Sha256{})
    );
    if (site == nullptr) return std::unexpected(Denial::kUnknownSubject);
    if (!has_secret) return std::unexpected(Denial::kNoSecret);
    if (!signature) return std::unexpected(Denial::kNoSignature);
    if (!is_signed) return std::unexpected(Denial::kWrongSignature);
    if (!site->enabled) return std::unexpected(Denial::kSiteDisabled);
    return site;
}

FiredEvent EventParser::fire(
    const JiraMessage& message, const HttpRequest& request, std::shared_ptr<const Site> site
) const {
    FiredEvent fired{.site = std::move(site)};
    const UnixMillis now = clock_.unix_now();
    const std::string message_id = message_id_of(request);
    const auto rules = catalog_.listening_rules(fired.site->id);
    const std::int64_t position = catalog_.position();  // after the rules: they are all below it
    for (const auto& rule : rules) {
        if (!is_fired(*rule, message)) continue;
        Job& job = fired.jobs.emplace_back(job_of(*rule, message, message_id));
        job.accepted_at = now;
        job.catalog_offset = position;
    }
    if (!fired.jobs.empty()) fired.outcome = EventOutcome::kFired;
    return fired;
}

ParsedEvent EventParser::parse(const HttpRequest& request, std::string_view site_id) {
    auto site = permit(request, site_id);
    if (!site) return std::unexpected(std::variant<BadCall, Denial>(site.error()));
    const auto message = read_jira_message(request.body);
    if (!message) {
        return std::unexpected(std::variant<BadCall, Denial>(BadCall{message.error().message}));
    }
    if (is_caused_by(*message, (*site)->jira_account_id)) {
        return FiredEvent{.outcome = EventOutcome::kOwn, .site = *std::move(site)};
    }
    if (message->events.empty()) return FiredEvent{.site = *std::move(site)};
    return fire(*message, request, *std::move(site));
}

}  // namespace pagepress::ingress
