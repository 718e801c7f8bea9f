// The project's HTTP server with the least behind it: a ready-made 202 at once, no Kafka. What the
// ingress costs above this is its own work and librdkafka's.
#include <cstdio>
#include <string>
#include <thread>

#include "common/base/ports_file.h"
#include "common/base/termination.h"
#include "common/http_server/http_server.h"

using namespace pagepress;

namespace {

/// As long as the ingress' own.
const std::string kAccepted = format_reply({
    .status = 202,
    .body = R"({"jobId":"00000000000000000000000000000000","status":"queued",)"
            R"("statusUrl":"/v1/jobs/00000000000000000000000000000000"})"
            "\n",
    .headers = {{.name = "Location", .value = "/v1/jobs/00000000000000000000000000000000"}},
});

int fail_start(const Error& error) {
    std::fprintf(stderr, "bare-beast: %s\n", error.message.c_str());
    return 2;
}

int run(const std::string& ports_file) {
    hold_termination_signals();
    EventLoop loop;
    HttpServer server(loop, {}, [](const HttpRequest& /*request*/, Responder responder) {
        responder.send_formatted(202, kAccepted);
    });
    const auto port = server.listen("127.0.0.1:0");
    if (!port) return fail_start(port.error());
    std::jthread thread([&loop] { loop.run(); });
    const auto written = write_ports_file(ports_file, {{"listen", *port}});
    if (written) wait_for_termination();
    loop.stop();
    return written ? 0 : fail_start(written.error());
}

}  // namespace

int main(int argc, char** argv) {
    if (argc == 2) return run(argv[1]);
    std::fputs("Usage: bare-beast PORTS-FILE\n", stderr);
    return 2;
}
