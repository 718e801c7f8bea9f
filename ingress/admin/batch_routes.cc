#include "ingress/admin/batch_routes.h"

#include <utility>

#include <boost/json/object.hpp>

#include "common/json/json_value.h"
#include "ingress/admin/admin_reply.h"
#include "ingress/http/batch_route.h"
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

HttpReply BatchRoutes::create(const HttpRequest& request) const {
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
    return put(request, *std::move(batch), site);
}

HttpReply BatchRoutes::put(const HttpRequest& request, Batch batch, std::string site) const {
    const std::string_view key = request.header("Idempotency-Key");
    if (key.size() > kIdempotencyKeyBytesMax) {
        return problem_reply(400, "The header 'Idempotency-Key' must be at most 255 characters.");
    }
    Job job;
    job.kind = JobKind::kBatch;
    job.site = std::move(site);
    job.batch = std::move(batch);
    job.id = key.empty() ? random_job_id(ports_.random)
                         : derived_job_id(job.site, "admin/batch/" + encode(*job.batch), key);
    job.accepted_at = ports_.clock.unix_now();
    job.catalog_offset = ports_.catalog.position();
    if (auto too_large = too_large_reply(job)) return *std::move(too_large);
    if (const auto put = ports_.put_job(job); !put) return error_reply(put.error());
    ports_.redis.submit(note_batch_command(job.id, job.site), [](const Result<RedisReply>&) {});
    return accepted_reply(job.id);
}

HttpReply BatchRoutes::handle(const HttpRequest& request, const std::string& id) const {
    if (request.method != "GET" && request.method != "DELETE") {
        return not_allowed_reply("GET, DELETE");
    }
    if (!is_job_id(id)) return bad_batch_id_reply();
    if (request.method == "DELETE") return cancel(id);
    const StatusWaits::Question question = batch_question(id);
    return question.read(ports_.redis.call(question.command)).reply;
}

HttpReply BatchRoutes::cancel(const std::string& id) const {
    return cancelled_reply(id, ports_.redis.call(cancel_batch_command(id)), any_site);
}

}  // namespace pagepress::ingress
