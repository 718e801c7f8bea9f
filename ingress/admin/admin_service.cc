#include "ingress/admin/admin_service.h"

#include <array>
#include <utility>

#include <boost/json/object.hpp>

#include "common/audit/audit_event.h"
#include "common/base/invariant.h"
#include "common/base/log.h"
#include "common/http_server/request_head.h"
#include "common/job/job.h"
#include "common/json/json_text.h"
#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/admin/openapi.h"
#include "ingress/admin/schedule_times.h"
#include "ingress/http/call_replies.h"
#include "ingress/http/idempotency_keys.h"
#include "ingress/http/job_status_route.h"
#include "ingress/http/routes.h"

namespace pagepress::ingress {

namespace {

constexpr std::string_view kText = "text/plain; charset=utf-8";

HttpReply no_admin_reply() {
    return problem_reply(403, "The admin token is missing or not valid.");
}

}  // namespace

AdminService::AdminService(
    AdminPorts ports,
    AdminTokens tokens,
    const Readiness& readiness,
    const Metrics& metrics,
    std::function<void()> before_metrics
)
    : ports_(std::move(ports)),
      tokens_(std::move(tokens)),
      readiness_(readiness),
      metrics_(metrics),
      before_metrics_(std::move(before_metrics)),
      entries_(ports_),
      keys_(ports_),
      doctor_(ports_, readiness_),
      batches_(ports_),
      audit_(ports_),
      dead_letters_(ports_) {}

HttpReply AdminService::handle(const HttpRequest& request) {
    const auto admin = admin_of(request);
    if (may_block(request) && !admin) return no_admin_reply();
    const AdminMatch match = match_admin_path(request.path);
    if (match.route == nullptr) {
        return problem_reply(404, "There is nothing at this address.");
    }
    if (!takes_method(match.route->methods, request.method)) {
        return wrong_method_reply(match.route->methods);
    }
    return answer(request, match, admin.value_or(std::string()));
}

std::optional<HttpReply> AdminService::refusal(const HttpRequest& request) const {
    if (!may_block(request)) return std::nullopt;
    if (!admin_of(request)) return no_admin_reply();
    constexpr std::array kSingleHeaders{
        std::string_view("Authorization"), std::string_view("If-Match"), kIdempotencyKeyHeader};
    const std::string_view repeated = request.repeated_header(kSingleHeaders);
    if (repeated.empty()) return std::nullopt;
    return repeated_header_reply(repeated);
}

void AdminService::replace_tokens(AdminTokens tokens) {
    const MutexLock lock(mutex_);
    tokens_ = std::move(tokens);
}

std::optional<std::string> AdminService::admin_of(const HttpRequest& request) const {
    constexpr std::string_view kScheme = "Bearer ";
    const std::string_view header = request.header("Authorization");
    if (!equal_names(header.substr(0, kScheme.size()), kScheme)) return std::nullopt;
    const MutexLock lock(mutex_);
    const auto owner = tokens_.owner_of(header.substr(kScheme.size()));
    if (!owner) return std::nullopt;
    return std::string(*owner);
}

HttpReply AdminService::answer(
    const HttpRequest& request, const AdminMatch& match, const std::string& admin
) {
    const std::string& id = match.id;
    const EntryKind kind = match.route->kind;
    const bool is_read = request.method == "GET";
    switch (match.route->path) {
        case AdminPath::kHealth:
            return {.status = 200, .body = "ok\n", .content_type = kText};
        case AdminPath::kReady:
            return readiness_reply();
        case AdminPath::kMetrics:
            return metrics_reply();
        case AdminPath::kDescription:
            return {.status = 200, .body = std::string(openapi_document())};
        case AdminPath::kEntries:
            return entries_.list(request, kind);
        case AdminPath::kEntry:
            return entries_.handle(request, kind, id, admin);
        case AdminPath::kScheduleTimes:
            return schedule_times(request, id, ports_);
        case AdminPath::kKeys:
            return is_read ? keys_.list(request) : keys_.create(request, admin);
        case AdminPath::kKey:
            return is_read ? keys_.get(id)
                           : entries_.handle(request, EntryKind::kApiKey, id, admin);
        case AdminPath::kRegenerate:
            return keys_.regenerate(request, id, admin);
        case AdminPath::kProlong:
            return keys_.prolong(request, id, admin);
        case AdminPath::kTopics:
            return handle_topics(request, admin);
        case AdminPath::kDoctor:
            return doctor_.handle(request);
        case AdminPath::kDeadLetters:
            return dead_letters_.list(request);
        case AdminPath::kRedrive:
            return dead_letters_.redrive(request, admin);
        case AdminPath::kDeadLetter:
            return dead_letters_.show(id);
        case AdminPath::kAudit:
            return audit_.list(request);
        case AdminPath::kJob:
            return handle_job(request, id);
        case AdminPath::kBatches:
            return batches_.create(request, admin);
        case AdminPath::kBatch:
            return is_read ? batches_.show(request, id) : batches_.cancel(id, admin);
    }
    INVARIANT(false);
}

HttpReply AdminService::handle_topics(const HttpRequest& request, std::string_view admin) const {
    const auto body = parse_json(request.body.empty() ? "{}" : request.body, "the request body");
    if (!body) return error_reply(body.error());
    std::vector<Problem> problems;
    const TopicsPlan plan{
        .partitions = read_number(*body, "partitions", 24, 10'000, problems),
        .replication = read_number(*body, "replication", 1, 100, problems),
        .min_insync_replicas = read_number(*body, "minInsyncReplicas", 1, 100, problems),
    };
    if (plan.min_insync_replicas > plan.replication) {
        problems.push_back(
            {.field = "minInsyncReplicas", .message = "must not be more than 'replication'"}
        );
    }
    if (!problems.empty()) return validation_reply(problems);
    const auto created = ports_.create_topics(plan);
    if (!created) return error_reply(created.error());
    std::string out = R"({"created":[)";
    for (const std::string& topic : *created) {
        if (out.back() != '[') out.push_back(',');
        append_json_string(out, topic);
    }
    out.append("]}\n");
    if (!created->empty()) note_topics(*created, admin);
    return {.status = created->empty() ? 200 : 201, .body = std::move(out)};
}

/// After the fact, so it may be missing if the process dies in between.
void AdminService::note_topics(const std::vector<std::string>& created, std::string_view admin)
    const {
    AuditEvent event{
        .at = ports_.clock.unix_now(), .type = "topics.created", .by = std::string(admin)};
    event.more.emplace("topics", boost::json::array(created.begin(), created.end()));
    const auto sent = ports_.send_records({audit_record(ports_.topics.audit, "topics", event)});
    if (sent != std::vector{true}) log_warn("the creation of topics is not on the audit topic");
}

HttpReply AdminService::handle_job(const HttpRequest& request, const std::string& id) const {
    if (!is_job_id(id)) {
        return problem_reply(400, "The job id in the path must be 32 lower-case hex digits.");
    }
    if (const auto wait = wait_of(request); !wait) return error_reply(wait.error());
    const auto answer = ports_.redis.call({"HGETALL", job_status_key(id)});
    return job_status_reply(id, answer, [](const Job&) { return true; });
}

std::optional<LongPoll> AdminService::long_poll(const HttpRequest& request) const {
    constexpr std::string_view kJobs = "/admin/v1/jobs/";
    constexpr std::string_view kBatches = "/admin/v1/batches/";
    const bool is_job = request.path.starts_with(kJobs);
    if (request.method != "GET" || (!is_job && !request.path.starts_with(kBatches))) return {};
    const auto wait = wait_of(request);
    const std::string id(request.path.substr(is_job ? kJobs.size() : kBatches.size()));
    if (!wait || wait->count() == 0 || !is_job_id(id) || !admin_of(request)) return {};
    if (!is_job) return LongPoll{.question = batch_question(id), .wait = *wait};
    return LongPoll{.question = job_question(id, [](const Job&) { return true; }), .wait = *wait};
}

HttpReply AdminService::readiness_reply() const {
    const std::vector<std::string> problems = readiness_.problems();
    if (problems.empty()) return {.status = 200, .body = "ready\n", .content_type = kText};
    std::string body;
    for (const std::string& problem : problems) body.append(problem).append("\n");
    return {.status = 503, .body = std::move(body), .content_type = kText};
}

HttpReply AdminService::metrics_reply() const {
    before_metrics_();
    return {
        .status = 200,
        .body = metrics_.text(),
        .content_type = "text/plain; version=0.0.4; charset=utf-8",
    };
}

}  // namespace pagepress::ingress
