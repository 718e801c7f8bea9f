#include "ingress/admin/batch_routes.h"

#include <utility>

#include <boost/json/object.hpp>

#include "common/audit/audit_event.h"
#include "common/base/log.h"
#include "common/base/trace_context.h"
#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/http/batch_route.h"
#include "ingress/http/call_replies.h"
#include "ingress/http/idempotency_keys.h"
#include "ingress/triggers/parse_batch.h"

namespace pagepress::ingress {

namespace {

bool any_site(std::string_view) {
    return true;
}

HttpReply accepted_reply(const std::string& id) {
    const std::string url = "/admin/v1/batches/" + id;
    return {
        .status = 202,
        .body = R"({"jobId":")" + id + R"(","status":"queued","statusUrl":")" + url + "\"}\n",
        .headers = {{.name = "Location", .value = url}},
    };
}

HttpReply site_problem(std::string message) {
    return validation_reply({{.field = "site", .message = std::move(message)}});
}

}  // namespace

StatusWaits::Question batch_question(const std::string& id) {
    const auto read = [id](const Result<RedisReply>& answer) {
        return batch_status_answer(id, answer, any_site);
    };
    return {.command = read_batch_command(id), .read = read};
}

HttpReply BatchRoutes::create(const HttpRequest& request, std::string_view admin) const {
    auto document = parse_json(request.body, "the request body");
    if (!document) return error_reply(document.error());
    if (!document->is_object()) {
        return validation_reply({{.field = "", .message = "must be an object with named members"}});
    }
    const std::string site = string_at(*document, "site");
    const auto found = ports_.catalog.site(site);
    if (found == nullptr) return site_problem("must be the id of a site");
    if (!found->enabled) return site_problem("is switched off");
    document->get_object().erase("site");
    auto batch = read_batch_of_site(*document, site, ports_.catalog);
    if (!batch) return std::move(batch.error());
    Job job;
    job.kind = JobKind::kBatch;
    job.site = site;
    job.batch = *std::move(batch);
    return put(request, std::move(job), admin);
}

HttpReply BatchRoutes::put(const HttpRequest& request, Job job, std::string_view admin) const {
    const std::string_view key = request.header(kIdempotencyKeyHeader);
    if (!is_idempotency_key(key)) return problem_reply(400, kIdempotencyKeyRule);
    std::string name;  // of what is kept of the key; empty: there is none
    if (key.empty()) {
        job.id = random_job_id(ports_.random);
    } else {
        job.id = derived_job_id(job.site, "admin/batch/" + encode(*job.batch), key);
        name = derived_job_id(job.site, "admin", key);
        const auto known = ports_.redis.call(IdempotencyKeys::question(name));
        if (IdempotencyKeys::verdict_of(known, job.id) != IdempotencyKeys::Verdict::kGoOn) {
            return other_content_reply();
        }
    }
    job.accepted_at = ports_.clock.unix_now();
    job.catalog_offset = ports_.catalog.position();
    if (auto too_large = too_large_reply(job)) return *std::move(too_large);
    std::string trace;
    continue_trace(trace, request.header(kTraceHeader), job.id);
    if (const auto put = ports_.put_job(job, trace); !put) return error_reply(put.error());
    const auto no_matter = [](const Result<RedisReply>&) {};
    ports_.redis.submit(note_batch_command(job.id, job.site), no_matter);
    if (!name.empty()) ports_.redis.submit(IdempotencyKeys::note(name, job.id), no_matter);
    note_event("batch.created", job, admin);
    return accepted_reply(job.id);
}

/// After the fact, so it may be missing if the process dies in between.
void BatchRoutes::note_event(std::string_view type, const Job& job, std::string_view admin) const {
    AuditEvent event = job_event(type, job, ports_.clock.unix_now());
    event.by = admin;
    if (job.batch) event.more.emplace("select", name_of(job.batch->select));
    const auto sent =
        ports_.send_records({audit_record(ports_.topics.audit, audit_key(job, {}), event)});
    if (sent != std::vector{true}) {
        log_warn("what an admin did with a batch is not on the audit topic", {{"job_id", job.id}});
    }
}

HttpReply BatchRoutes::show(const HttpRequest& request, const std::string& id) const {
    if (!is_job_id(id)) return bad_batch_id_reply();
    if (const auto wait = wait_of(request); !wait) return error_reply(wait.error());
    const StatusWaits::Question question = batch_question(id);
    return question.read(ports_.redis.call(question.command)).reply;
}

HttpReply BatchRoutes::cancel(const std::string& id, std::string_view admin) const {
    if (!is_job_id(id)) return bad_batch_id_reply();
    const auto answer = ports_.redis.call(cancel_batch_command(id));
    HttpReply reply = cancelled_reply(id, answer, any_site);
    if (reply.status != 202) return reply;
    Job job;
    job.id = id;
    job.kind = JobKind::kBatch;
    job.site = batch_cancel_from(*answer).before.site;
    note_event("batch.cancelled", job, admin);
    return reply;
}

}  // namespace pagepress::ingress
