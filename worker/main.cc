// pagepress-worker: records in, pages out.
#include "common/base/log.h"
#include "common/base/termination.h"
#include "worker/service.h"
#include "worker/worker_options.h"

namespace {

using namespace pagepress;

constexpr int kExitFailed = 1;

int run(const worker::WorkerSettings& settings) {
    worker::Service service(settings);
    if (const auto started = service.start(); !started) {
        log_error("worker cannot start", {{"reason", started.error().message}});
        return kExitFailed;
    }
    wait_for_termination();
    service.stop();
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    hold_termination_signals();
    const auto table = worker::worker_options();
    auto parsed = parse_options(table, {argv + 1, argv + argc}, read_environment());
    if (const auto exit_code = answer_command("pagepress-worker", table, parsed)) return *exit_code;
    const auto settings = worker::worker_settings_from(parsed.values, parsed.problems);
    if (const auto exit_code = report_check("pagepress-worker", parsed)) return *exit_code;
    set_up_log("pagepress-worker", settings.log_format, settings.log_level);
    warn_of_unknown_variables(parsed);
    return run(settings);
}
