#include "ingress/http/job_status_route.h"

#include <utility>

#include "common/job/job.h"
#include "common/json/json_text.h"
#include "ingress/triggers/parse_trigger.h"

namespace pagepress::ingress {

HttpReply status_unavailable_reply() {
    HttpReply reply = problem_reply(503, "The job status store does not answer; try again soon.");
    reply.headers.push_back({.name = "Retry-After", .value = "2"});
    return reply;
}

std::string_view presented_key(const HttpRequest& request) {
    const std::string_view key = request.header(kRuleKeyHeader);
    return key.empty() ? request.header(kSnapshotKeyHeader) : key;
}

HttpReply forbidden_reply() {
    return problem_reply(403, "The API key is missing or not valid for this.");
}

std::string job_status_json(const JobStatus& status) {
    std::string out = R"({"jobId":)";
    append_json_string(out, status.job.id);
    append_json_member(out, "status", name_of(status.state));
    append_json_member(out, "kind", name_of(status.job.kind));
    append_json_member(out, "site", status.job.site);
    append_json_member(out, "rule", status.job.rule);
    append_json_member(out, "issue", status.job.issue);
    append_json_member(out, "snapshot", status.job.snapshot);
    append_json_member(out, "attempts", status.attempts);
    append_json_member(out, "pageId", status.page_id.empty() ? status.job.page_id : status.page_id);
    append_json_member(out, "pageUrl", status.page_url);
    if (status.version > 0) append_json_member(out, "pageVersion", status.version);
    append_json_member(out, "reason", status.reason);
    append_json_member(out, "completedBy", status.pressed_by);
    append_json_member(out, "acceptedAt", status.job.accepted_at);
    append_json_member(out, "updatedAt", status.updated_at);
    out.append("}\n");
    return out;
}

HttpReply unknown_job_reply(std::string_view job_id) {
    std::string body = R"({"jobId":)";
    append_json_string(body, job_id);
    append_json_member(body, "status", "unknown");
    append_json_member(
        body,
        "detail",
        "No status is kept of this job: no worker has begun it yet, it ended more than 7 days ago, "
        "or it never was."
    );
    body.append("}\n");
    return {.status = 200, .body = std::move(body)};
}

StatusAnswer job_status_answer(
    std::string_view job_id,
    const Result<RedisReply>& answer,
    const std::function<bool(const Job&)>& may_view
) {
    if (!answer || answer->kind == RedisReply::Kind::kError) {
        return {.reply = status_unavailable_reply()};
    }
    const auto status = job_status_from(*answer);
    if (!status) return {.reply = unknown_job_reply(job_id), .is_final = false};
    if (!may_view(status->job)) return {.reply = forbidden_reply()};
    return {
        .reply = {.status = 200, .body = job_status_json(*status)},
        .is_final = is_terminal(status->state),
    };
}

HttpReply job_status_reply(
    std::string_view job_id,
    const Result<RedisReply>& answer,
    const std::function<bool(const Job&)>& may_view
) {
    return job_status_answer(job_id, answer, may_view).reply;
}

StatusWaits::Question job_question(
    const std::string& job_id, std::function<bool(const Job&)> may_view
) {
    const auto read = [job_id, may_view = std::move(may_view)](const Result<RedisReply>& answer) {
        return job_status_answer(job_id, answer, may_view);
    };
    return {.command = {"HGETALL", job_status_key(job_id)}, .read = read};
}

void JobStatusRoute::handle(
    const HttpRequest& request, const std::string& job_id, Responder responder
) {
    auto key = authenticator_.find_key(presented_key(request));
    if (!key) {
        denials_.note(key.error(), request.path);
        responder.send(forbidden_reply());
        return;
    }
    if (!is_job_id(job_id)) {
        responder.send(
            problem_reply(400, "The job id in the path must be 32 lower-case hex digits.")
        );
        return;
    }
    const auto wait = wait_of(request);
    if (!wait) {
        responder.send(problem_reply(400, wait.error().message));
        return;
    }
    const auto may_view =
        [this, key = *std::move(key), path = std::string(request.path)](const Job& job) {
            if (may_see(*key, job)) return true;
            denials_.note(Denial::kKeyOfOther, path);
            return false;
        };
    waits_.begin(job_question(job_id, may_view), *wait, std::move(responder));
}

}  // namespace pagepress::ingress
