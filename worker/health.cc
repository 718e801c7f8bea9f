#include "worker/health.h"

#include <utility>

namespace pagepress::worker {

Health::Health(
    const Metrics& metrics,
    const Clock& clock,
    Readiness readiness,
    Report presses,
    Doctor::Examinations examinations
)
    : metrics_(metrics),
      readiness_(std::move(readiness)),
      presses_(std::move(presses)),
      server_(
          loop_,
          HttpLimits{},
          [this](const HttpRequest& request, Responder responder) {
              answer(request, std::move(responder));
          }
      ),
      doctor_(loop_, clock, std::move(examinations)) {}

Health::~Health() {
    loop_.stop();
}

Result<std::uint16_t> Health::start(const std::string& address) {
    auto port = server_.listen(address);
    if (port) thread_ = std::jthread([this] { loop_.run(); });
    return port;
}

void Health::answer(const HttpRequest& request, Responder responder) {
    if (request.method != "GET") {
        responder.send(problem_reply(405, "this listener answers GET only"));
    } else if (request.path == "/healthz") {
        responder.send({.status = 200, .body = R"({"status":"ok"})"});
    } else if (request.path == "/readyz") {
        const std::string obstacle = readiness_();
        responder.send(
            obstacle.empty() ? HttpReply{.status = 200, .body = R"({"status":"ready"})"}
                             : problem_reply(503, obstacle)
        );
    } else if (request.path == "/metrics") {
        responder.send({
            .status = 200,
            .body = metrics_.text(),
            .content_type = "text/plain; version=0.0.4; charset=utf-8",
        });
    } else if (request.path == "/doctor") {
        doctor_.answer(std::move(responder));
    } else if (request.path == "/debug/presses") {
        responder.send({.status = 200, .body = presses_()});
    } else {
        responder.send(
            problem_reply(404, "known are /healthz, /readyz, /metrics, /doctor and /debug/presses")
        );
    }
}

}  // namespace pagepress::worker
