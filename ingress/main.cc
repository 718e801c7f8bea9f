// pagepress-ingress: HTTP in, records out.
#include <sys/resource.h>

#include "common/base/log.h"
#include "common/base/options.h"
#include "common/base/ports_file.h"
#include "common/base/termination.h"
#include "ingress/ingress.h"
#include "ingress/settings.h"

namespace {

using namespace pagepress;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitBadOptions = 2;

/// Every connection is a descriptor; the soft limit is often 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

int serve(const ingress::IngressSettings& settings) {
    raise_descriptor_limit();
    auto started = ingress::Ingress::start(settings);
    if (!started) {
        log_error("the ingress cannot start", {{"reason", started.error().message}});
        return kExitBadOptions;
    }
    ingress::Ingress& ingress = **started;
    const auto written = write_ports_file(
        settings.ports_file, {{"listen", ingress.port()}, {"admin", ingress.admin_port()}}
    );
    if (!written) {
        log_error("the ingress cannot start", {{"reason", written.error().message}});
        return kExitFailed;
    }
    log_info(
        "serving",
        {{"port", ingress.port()},
         {"admin_port", ingress.admin_port()},
         {"version", PAGEPRESS_VERSION}}
    );
    const int signal = wait_for_termination();
    log_info("stopping", {{"signal", signal}});
    const std::size_t unanswered = ingress.stop();
    log_info("stopped", {{"callers_without_reply", unanswered}});
    return kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
    hold_termination_signals();
    const auto table = ingress::ingress_options();
    auto parsed = parse_options(table, {argv + 1, argv + argc}, read_environment());
    if (const auto exit_code = answer_command("pagepress-ingress", table, parsed)) {
        return *exit_code;
    }
    const auto settings = ingress::read_settings(parsed.values, parsed.problems);
    if (const auto exit_code = report_check("pagepress-ingress", parsed)) return *exit_code;
    set_up_log(
        "pagepress-ingress", parsed.values.text("log-format"), parsed.values.text("log-level")
    );
    warn_of_unknown_variables(parsed);
    return serve(settings);
}
