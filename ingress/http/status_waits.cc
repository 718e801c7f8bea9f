#include "ingress/http/status_waits.h"

#include <algorithm>
#include <utility>

#include "common/base/duration.h"

namespace pagepress::ingress {

namespace {

constexpr std::chrono::milliseconds kFirstInterval{100};
constexpr std::chrono::milliseconds kIntervalMax{2'000};

HttpReply busy_reply(std::string_view detail) {
    HttpReply reply = problem_reply(503, detail);
    reply.headers.push_back({.name = "Retry-After", .value = "2"});
    return reply;
}

HttpReply stopping_reply() {
    return busy_reply("The service is being stopped; ask again soon.");
}

}  // namespace

Result<std::chrono::milliseconds> wait_of(const HttpRequest& request) {
    if (request.query.empty()) return std::chrono::milliseconds(0);
    const auto text = request.query_parameter("wait");
    if (!text) return std::chrono::milliseconds(0);
    const auto wait = parse_duration(*text);
    if (wait && *wait >= kStatusWaitMin && *wait <= kStatusWaitMax) return wait;
    return fail(
        ErrorCode::kInvalidInput,
        "The query parameter 'wait' must be a time from 1s to 60s, such as 30s."
    );
}

void StatusWaits::begin(Question question, std::chrono::milliseconds wait, Responder responder) {
    if (wait.count() > 0 && is_ended_) {
        responder.send(stopping_reply());
        return;
    }
    if (wait.count() > 0 && waits_.size() >= waits_max_) {
        responder.send(busy_reply("Too many callers wait for a status; ask without 'wait'."));
        return;
    }
    const std::uint64_t id = next_id_++;
    const auto [added, is_new] = waits_.emplace(
        id,
        Wait{
            .question = std::move(question),
            .responder = std::move(responder),
            .deadline = clock_.steady_now() + wait,
            .interval = kFirstInterval,
        }
    );
    look(id, added->second);
}

void StatusWaits::look(std::uint64_t id, Wait& wait) {
    wait.is_asking = true;
    redis_.submit(wait.question.command, [this, id](Result<RedisReply> answer) {
        post_([this, id, answer = std::move(answer)] { on_answer(id, answer); });
    });
}

void StatusWaits::on_answer(std::uint64_t id, const Result<RedisReply>& answer) {
    const auto found = waits_.find(id);
    if (found == waits_.end()) return;  // he left, or it is the end
    Wait& wait = found->second;
    StatusAnswer status = wait.question.read(answer);
    const SteadyTime now = clock_.steady_now();
    if (status.is_final || now >= wait.deadline) {
        wait.responder.send(status.reply);
        waits_.erase(found);
        return;
    }
    wait.last = std::move(status.reply);
    wait.is_asking = false;
    wait.next = std::min(now + wait.interval, wait.deadline);
    wait.interval = std::min(wait.interval * 3 / 2, kIntervalMax);
}

void StatusWaits::serve() {
    const SteadyTime now = clock_.steady_now();
    for (auto at = waits_.begin(); at != waits_.end();) {
        auto& [id, wait] = *at;
        if (wait.responder.has_client_left()) {
            wait.responder.drop();
            at = waits_.erase(at);
            continue;
        }
        if (!wait.is_asking && now >= wait.next) look(id, wait);
        ++at;
    }
}

void StatusWaits::end_all() {
    is_ended_ = true;
    for (auto& [id, wait] : waits_) {
        wait.responder.send(wait.last ? *wait.last : stopping_reply());
    }
    waits_.clear();
}

}  // namespace pagepress::ingress
