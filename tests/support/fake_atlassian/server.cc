#include "tests/support/fake_atlassian/server.h"

#include <utility>

#include "tests/support/fake_atlassian/control_api.h"
#include "tests/support/fake_atlassian/html_view.h"

namespace pagepress::test {

namespace {

constexpr Millis kTick{2};  // how exactly delays are kept

HttpLimits limits() {
    // Above Confluence's own 5 MiB, so that it is the site that refuses what is larger.
    constexpr std::size_t kBodyBytesMax = 16U * 1024 * 1024;
    HttpLimits limits;
    limits.header_bytes_max = 32U * 1024;
    limits.body_bytes_max = kBodyBytesMax;
    return limits;
}

HttpReply reply_of(const ApiAnswer& answer) {
    HttpReply reply{
        .status = answer.status, .body = answer.body, .content_type = answer.content_type};
    for (const auto& [name, value] : answer.headers) {
        reply.headers.push_back({.name = name, .value = value});
    }
    return reply;
}

void deliver(const Handled& handled, Responder responder) {
    switch (handled.delivery) {
        case Delivery::kWhole:
            responder.send(reply_of(handled.answer));
            return;
        case Delivery::kTruncated: {
            const std::string whole = format_reply(reply_of(handled.answer));
            responder.drop(
                std::string_view(whole).substr(0, whole.size() - handled.answer.body.size() / 2 - 1)
            );
            return;
        }
        case Delivery::kDropped:
            responder.drop();
            return;
    }
}

bool is_api(std::string_view path) {
    return path.starts_with("/wiki/api/") || path.starts_with("/wiki/rest/") ||
           path.starts_with("/confluence/rest/") || path.starts_with("/rest/");
}

}  // namespace

FakeServer::FakeServer(EventLoop& loop, const Clock& clock, FakeSite& site)
    : clock_(clock),
      site_(site),
      server_(loop, limits(), [this](const HttpRequest& request, Responder responder) {
          serve(request, std::move(responder));
      }) {
    loop.every(kTick, [this] { run_due(); });
}

Result<std::uint16_t> FakeServer::listen(const std::string& address) {
    const auto port = server_.listen(address);
    if (port) {
        const std::string host = address.substr(0, address.rfind(':'));
        site_.base_url = "http://" + host + ":" + std::to_string(*port);
    }
    return port;
}

void FakeServer::serve(const HttpRequest& request, Responder responder) {
    ApiRequest taken = make_request(request.method, request.target);
    taken.body = request.body;
    taken.authorization = request.header("authorization");
    taken.xsrf_token = request.header("x-atlassian-token");
    taken.content_type = request.header("content-type");
    if (is_api(taken.path)) {
        serve_api(std::move(taken), std::move(responder));
    } else if (taken.path.starts_with("/_control/")) {
        responder.send(reply_of(answer_control(site_, taken)));
    } else {
        responder.send(reply_of(answer_browser(site_, taken)));
    }
}

void FakeServer::serve_api(ApiRequest request, Responder responder) {
    const auto fault = site_.take_fault(request);
    if (fault && fault->kind == FaultKind::kDelayEffect) {
        const SteadyTime due = clock_.steady_now() + fault->delay;
        later_.push_back({due, std::move(request), false, fault, {}, std::move(responder)});
        return;
    }
    Handled handled = site_.handle(request, fault);
    if (handled.delay > Millis(0)) {
        const SteadyTime due = clock_.steady_now() + handled.delay;
        later_.push_back({due, {}, true, fault, std::move(handled), std::move(responder)});
        return;
    }
    deliver(handled, std::move(responder));
}

void FakeServer::run_due() {
    const SteadyTime now = clock_.steady_now();
    for (auto entry = later_.begin(); entry != later_.end();) {
        if (entry->due > now) {
            ++entry;
            continue;
        }
        if (!entry->is_handled) entry->handled = site_.handle(entry->request, entry->fault);
        deliver(entry->handled, std::move(entry->responder));
        entry = later_.erase(entry);
    }
}

}  // namespace pagepress::test
