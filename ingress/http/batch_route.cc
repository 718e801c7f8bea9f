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

std::optional<HttpReply> refusal_to_cancel(
    std::string_view batch_id,
    const Result<RedisReply>& answer,
    const std::function<bool(std::string_view site)>& may_view
) {
    if (!is_answer(answer)) return status_unavailable_reply();
    const BatchStatus status = batch_status_from(*answer);
    if (status.site.empty()) {
        return problem_reply(404, "Nothing is kept of this batch, so it cannot be cancelled.");
    }
    if (!may_view(status.site)) return forbidden_reply();
    if (!is_terminal(status.state)) return std::nullopt;
    return HttpReply{.status = 200, .body = batch_status_json(batch_id, status)};
}

HttpReply cancelled_reply(std::string_view batch_id, const Result<RedisReply>& answer) {
    return is_answer(answer) ? accepted_cancel(batch_id) : status_unavailable_reply();
}

HttpReply bad_batch_id_reply() {
    return problem_reply(400, "The batch id in the path must be 32 lower-case hex digits.");
}

void BatchRoute::handle(
    const HttpRequest& request, const std::string& batch_id, Responder responder
) {
    auto key = authenticator_.find_key(presented_key(request));
    if (!key || (*key)->scope != ApiKey::Scope::kSite) {
        responder.send(forbidden_reply());
        return;
    }
    if (!is_job_id(batch_id)) {
        responder.send(bad_batch_id_reply());
        return;
    }
    if (request.method == "DELETE") {
        cancel(batch_id, (*key)->site, std::move(responder));
        return;
    }
    const auto wait = wait_of(request);
    if (!wait) {
        responder.send(problem_reply(400, wait.error().message));
        return;
    }
    const auto read = [batch_id, site = (*key)->site](const Result<RedisReply>& answer) {
        return batch_status_answer(batch_id, answer, [&](std::string_view of) {
            return of == site;
        });
    };
    waits_.begin(
        {.command = read_batch_command(batch_id), .read = read}, *wait, std::move(responder)
    );
}

void BatchRoute::cancel(const std::string& batch_id, const std::string& site, Responder responder) {
    // std::function wants what it holds to be copyable; the responder is used by the loop alone.
    auto waiting = std::make_shared<Responder>(std::move(responder));
    const auto reply_later = [post = post_, waiting, batch_id](const Result<RedisReply>& answer) {
        post([waiting, reply = cancelled_reply(batch_id, answer)] { waiting->send(reply); });
    };
    const auto go_on = [this, waiting, batch_id, site, reply_later](const Result<RedisReply>& answer
                       ) {
        const auto refusal =
            refusal_to_cancel(batch_id, answer, [&](std::string_view of) { return of == site; });
        if (refusal) {
            waiting->send(*refusal);
        } else {
            redis_.submit(cancel_batch_command(batch_id), reply_later);
        }
    };
    redis_.submit(
        read_batch_command(batch_id),
        [post = post_, go_on](const Result<RedisReply>& answer) {
            post([go_on, answer] { go_on(answer); });
        }
    );
}

void BatchRoute::note_accepted(std::string_view batch_id, std::string_view site) {
    redis_.submit(note_batch_command(batch_id, site), [](const Result<RedisReply>&) {});
}

}  // namespace pagepress::ingress
