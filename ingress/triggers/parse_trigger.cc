#include "ingress/triggers/parse_trigger.h"

#include <utility>

#include "common/catalog/documents.h"
#include "ingress/http/idempotency_keys.h"

namespace pagepress::ingress {

namespace {

std::unexpected<std::variant<BadCall, Denial>> bad_call(std::string detail) {
    return std::unexpected(std::variant<BadCall, Denial>(BadCall{std::move(detail)}));
}

std::unexpected<std::variant<BadCall, Denial>> denied(Denial denial) {
    return std::unexpected(std::variant<BadCall, Denial>(denial));
}

constexpr std::string_view kEntryIdRule =
    "must be 1 to 64 letters, digits, '.', '_' or '-', beginning with a letter or digit.";

std::string missing(std::string_view parameter) {
    return "The query parameter '" + std::string(parameter) +
           "' is missing or its percent-encoding is broken.";
}

/// What the job is about: an idempotency key means one job for each.
std::string subject_of(const Job& job) {
    if (job.batch) return "batch/" + encode(*job.batch);
    return job.kind == JobKind::kSnapshot ? "snapshot/" + job.snapshot : route_key(job);
}

}  // namespace

ParsedTrigger TriggerParser::parse_rule(const HttpRequest& request) const {
    const std::string_view key = request.header(kRuleKeyHeader);
    const auto rule_id = request.query_parameter("ruleId");
    // Without a key nothing else is told, but the work is that of any other refusal.
    if (key.empty()) return denied(authenticator_.permit_rule(key, rule_id.value_or("")).error());
    const auto method = request.query_parameter("method");
    if (!method) return bad_call(missing("method"));
    if (*method != "triggerRule") {
        return bad_call("The query parameter 'method' must be 'triggerRule'.");
    }
    if (!rule_id) return bad_call(missing("ruleId"));
    if (!is_entry_id(*rule_id)) {
        return bad_call("The query parameter 'ruleId' " + std::string(kEntryIdRule));
    }
    const auto rule = authenticator_.permit_rule(key, *rule_id);
    if (!rule) return denied(rule.error());
    auto issue = request.query_parameter("issueId");
    if (!issue) return bad_call(missing("issueId"));
    if (!is_numeric_id(*issue) && !is_issue_key(*issue)) {
        return bad_call(
            "The query parameter 'issueId' must be an issue key such as PROJ-123 or a numeric "
            "issue id."
        );
    }
    Job job;
    job.kind = JobKind::kRule;
    job.site = (*rule)->site;
    job.rule = (*rule)->id;
    job.issue = *std::move(issue);
    return finish(request, {*rule->key, rule->site}, std::move(job));
}

ParsedTrigger TriggerParser::parse_snapshot(
    const HttpRequest& request, std::string_view snapshot_id
) const {
    const std::string_view key = request.header(kSnapshotKeyHeader);
    if (key.empty()) return denied(authenticator_.permit_snapshot(key, snapshot_id).error());
    if (!is_entry_id(snapshot_id)) {
        return bad_call("The snapshot id in the path " + std::string(kEntryIdRule));
    }
    const auto snapshot = authenticator_.permit_snapshot(key, snapshot_id);
    if (!snapshot) return denied(snapshot.error());
    Job job;
    job.kind = JobKind::kSnapshot;
    job.site = (*snapshot)->site;
    job.snapshot = (*snapshot)->id;
    job.page_id = (*snapshot)->page;
    return finish(request, {*snapshot->key, snapshot->site}, std::move(job));
}

ParsedTrigger TriggerParser::parse_page(const HttpRequest& request, std::string_view page_id)
    const {
    const std::string_view key = request.header(kSnapshotKeyHeader);
    const auto site = authenticator_.permit_site(key);
    if (!site) return denied(site.error());
    if (!is_numeric_id(page_id)) {
        return bad_call("The page id in the path must be 1 to 19 digits, not beginning with 0.");
    }
    Job job;
    job.kind = JobKind::kPage;
    job.site = (*site)->id;
    job.page_id = std::string(page_id);
    return finish(request, {*site->key, site->site}, std::move(job));
}

ParsedTrigger TriggerParser::finish(const HttpRequest& request, Caller caller, Job job) const {
    const std::string_view idempotency_key = request.header(kIdempotencyKeyHeader);
    if (!is_idempotency_key(idempotency_key)) return bad_call(std::string(kIdempotencyKeyRule));
    Trigger trigger{.job = std::move(job), .site = caller.site};
    Job& made = trigger.job;
    if (idempotency_key.empty()) {
        made.id = random_job_id(random_);
    } else {
        const std::string scope = "key/" + caller.key.id;
        made.id = derived_job_id(made.site, scope + "/" + subject_of(made), idempotency_key);
        trigger.idempotency = derived_job_id(made.site, scope, idempotency_key);
    }
    made.accepted_at = clock_.unix_now();
    made.catalog_offset = catalog_.position();
    return trigger;
}

}  // namespace pagepress::ingress
