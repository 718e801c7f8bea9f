#include "ingress/http/batch_route.h"

#include <memory>
#include <utility>

#include "common/json/json_text.h"
#include "ingress/http/job_status_route.h"

namespace pagepress::ingress {

namespace {

bool is_answer(const Result<RedisReply>& answer) {
    return answer && answer->kind != RedisReply::Kind::kError;
}

HttpReply accepted_cancel(std::string_view batch_id) {
    std::string body = R"({"batchId":)";
    append_json_string(body, batch_id);
    body.append(",\"status\":\"cancelled\"}\n");
    return {.status = 202, .body = std::move(body)};
}

}  // namespace

std::string batch_status_json(std::string_view batch_id, const BatchStatus& status) {
    std::string out = R"({"batchId":)";
    append_json_string(out, batch_id);
    append_json_member(out, "status", name_of(status.state));
    if (status.state == BatchState::kUnknown) {
        append_json_member(
            out,
            "detail",
            "Too little is kept of this batch: it was accepted without Redis or lost with it, it "
            "ended more than 7 days ago, or it never was."
        );
        return out + "}\n";
    }
    append_json_member(out, "site", status.site);
    append_json_member(out, "total", status.total);
    out.append(",\"counts\":{");
    append_json_member(out, "queued", status.counts.queued);
    append_json_member(out, "running", status.counts.running);
    append_json_member(out, "done", status.counts.done);
    append_json_member(out, "coalesced", status.counts.coalesced);
    append_json_member(out, "skipped", status.counts.skipped);
    append_json_member(out, "dead", status.counts.dead);
    out.push_back('}');
    append_json_member(out, "reason", status.reason);
    return out + "}\n";
}

StatusAnswer batch_status_answer(
    std::string_view batch_id,
    const Result<RedisReply>& answer,
    const std::function<bool(std::string_view site)>& may_view
) {
    if (!is_answer(answer)) return {.reply = status_unavailable_reply()};
    const BatchStatus status = batch_status_from(*answer);
    if (!status.site.empty() && !may_view(status.site)) return {.reply = forbidden_reply()};
    return {
        .reply = {.status = 200, .body = batch_status_json(batch_id, status)},
        .is_final = is_terminal(status.state),
    };
}

HttpReply cancelled_reply(
    std::string_view batch_id,
    const Result<RedisReply>& answer,
    const std::function<bool(std::string_view site)>& may_view
) {
    if (!is_answer(answer)) return status_unavailable_reply();
    const BatchCancel cancel = batch_cancel_from(*answer);
    if (cancel.is_marked) return accepted_cancel(batch_id);
    if (cancel.before.site.empty()) {
        return problem_reply(404, "Nothing is kept of this batch, so it cannot be cancelled.");
    }
    if (!may_view(cancel.before.site)) return forbidden_reply();
    return {.status = 200, .body = batch_status_json(batch_id, cancel.before)};
}

HttpReply bad_batch_id_reply() {
    return problem_reply(400, "The batch id in the path must be 32 lower-case hex digits.");
}

void BatchRoute::handle(
    const HttpRequest& request, const std::string& batch_id, Responder responder
) {
    if (request.method == "DELETE") {
        cancel(request, batch_id, std::move(responder));
    } else {
        show(request, batch_id, std::move(responder));
    }
}

void BatchRoute::show(
    const HttpRequest& request, const std::string& batch_id, Responder responder
) {
    const auto key = authenticator_.find_key(presented_key(request));
    if (!key || (*key)->scope != ApiKey::Scope::kSite) {
        deny(request, key ? Denial::kKeyOfOther : key.error(), std::move(responder));
        return;
    }
    if (!is_job_id(batch_id)) {
        responder.send(bad_batch_id_reply());
        return;
    }
    const auto wait = wait_of(request);
    if (!wait) {
        responder.send(problem_reply(400, wait.error().message));
        return;
    }
    const auto may_view = only_of((*key)->site, request);
    const auto read = [batch_id, may_view](const Result<RedisReply>& answer) {
        return batch_status_answer(batch_id, answer, may_view);
    };
    waits_.begin(
        {.command = read_batch_command(batch_id), .read = read}, *wait, std::move(responder)
    );
}

void BatchRoute::cancel(
    const HttpRequest& request, const std::string& batch_id, Responder responder
) {
    const auto site = authenticator_.permit_site(presented_key(request));
    if (!site) {
        deny(request, site.error(), std::move(responder));
        return;
    }
    if (!is_job_id(batch_id)) {
        responder.send(bad_batch_id_reply());
        return;
    }
    // std::function wants what it holds to be copyable; the responder is used by the loop alone.
    auto waiting = std::make_shared<Responder>(std::move(responder));
    const auto reply = [waiting, batch_id, may_view = only_of((*site)->id, request)](
                           const Result<RedisReply>& answer
                       ) { waiting->send(cancelled_reply(batch_id, answer, may_view)); };
    redis_.submit(
        cancel_batch_command(batch_id, (*site)->id),
        [post = post_, reply](const Result<RedisReply>& answer) {
            post([reply, answer] { reply(answer); });
        }
    );
}

void BatchRoute::deny(const HttpRequest& request, Denial reason, Responder responder) {
    denials_.note(reason, request.path);
    responder.send(forbidden_reply());
}

/// Whether a batch is the site's; if not, the log is told.
std::function<bool(std::string_view)> BatchRoute::only_of(
    const std::string& site, const HttpRequest& request
) {
    return [this, site, path = std::string(request.path)](std::string_view of) {
        if (of == site) return true;
        denials_.note(Denial::kKeyOfOther, path);
        return false;
    };
}

void BatchRoute::note_accepted(std::string_view batch_id, std::string_view site) {
    redis_.submit(note_batch_command(batch_id, site), [](const Result<RedisReply>&) {});
}

}  // namespace pagepress::ingress
