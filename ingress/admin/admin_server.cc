#include "ingress/admin/admin_server.h"

#include <memory>
#include <utility>

#include "common/http_server/owned_request.h"

namespace pagepress::ingress {

namespace {

/// Admin bodies carry whole templates.
constexpr std::size_t kBodyBytesMax = 4 * 1024 * 1024;

HttpLimits admin_limits() {
    HttpLimits limits;
    limits.body_bytes_max = kBodyBytesMax;
    return limits;
}

HttpReply busy_reply() {
    HttpReply reply = problem_reply(503, "Too many admin calls are waiting; try again soon.");
    reply.headers.push_back({.name = "Retry-After", .value = "1"});
    return reply;
}

}  // namespace

AdminServer::AdminServer(AdminService& service, Redis& redis, const Clock& clock)
    : service_(service),
      waits_(redis, clock, [this](std::function<void()> work) { loop_.post(std::move(work)); }),
      server_(loop_, admin_limits(), [this](const HttpRequest& request, Responder responder) {
          handle(request, std::move(responder));
      }) {}

void AdminServer::stop() {
    if (!loop_thread_.joinable()) return;
    {
        const MutexLock lock(mutex_);
        is_stopping_ = true;
    }
    changed_.notify_all();
    call_thread_.join();
    loop_.post([this] {
        waits_.end_all();
        loop_.stop();
    });
    loop_thread_.join();
}

void AdminServer::every(std::chrono::milliseconds period, std::function<void()> work) {
    loop_.every(period, std::move(work));
}

Result<std::uint16_t> AdminServer::start(const std::string& address) {
    auto port = server_.listen(address);
    if (!port) return port;
    loop_.every(kStatusWaitTick, [this] { waits_.serve(); });
    loop_thread_ = std::thread([this] { loop_.run(); });
    call_thread_ = std::thread([this] {
        while (const auto call = next_call()) (*call)();
    });
    return port;
}

void AdminServer::handle(const HttpRequest& request, Responder responder) {
    // Here, so that nobody without a token takes a place of those who wait for their turn.
    if (const auto refusal = service_.refusal(request)) {
        responder.send(*refusal);
        return;
    }
    if (auto poll = service_.long_poll(request)) {
        waits_.begin(std::move(poll->question), poll->wait, std::move(responder));
        return;
    }
    if (!AdminService::may_block(request)) {
        responder.send(service_.handle(request));
        return;
    }
    // std::function wants what it holds to be copyable; the responder is used by the loop alone.
    auto waiting = std::make_shared<Responder>(std::move(responder));
    const bool is_taken = enqueue([this, waiting, owned = OwnedRequest(request)] {
        HttpReply reply = owned.with([&](const HttpRequest& own) { return service_.handle(own); });
        loop_.post([waiting, reply = std::move(reply)] { waiting->send(reply); });
    });
    if (!is_taken) waiting->send(busy_reply());
}

bool AdminServer::enqueue(std::function<void()> call) {
    {
        const MutexLock lock(mutex_);
        if (waiting_.size() >= kWaitingMax) return false;
        waiting_.push_back(std::move(call));
    }
    changed_.notify_all();
    return true;
}

std::optional<std::function<void()>> AdminServer::next_call() {
    const MutexLock lock(mutex_);
    while (waiting_.empty() && !is_stopping_) changed_.wait(mutex_);
    if (is_stopping_) return std::nullopt;
    auto call = std::move(waiting_.front());
    waiting_.pop_front();
    return call;
}

}  // namespace pagepress::ingress
