// pagepress-ingress: HTTP in, records out.
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include <sys/resource.h>

#include "common/base/log.h"
#include "common/base/options.h"
#include "ingress/ingress.h"
#include "ingress/settings.h"

namespace {

using namespace pagepress;

constexpr int kExitOk = 0;
constexpr int kExitFailed = 1;
constexpr int kExitBadOptions = 2;

void print(std::FILE* to, const std::string& text) {
    std::fwrite(text.data(), 1, text.size(), to);
}

/// SIGTERM and SIGINT are waited for by the main thread; every thread inherits the mask.
sigset_t block_stop_signals() {
    std::signal(SIGPIPE, SIG_IGN);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

/// Every connection is a descriptor; the soft limit is often 1024.
void raise_descriptor_limit() {
    rlimit limit{};
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

/// Written aside and renamed, so that a reader never sees half of it.
bool write_ports_file(const std::string& path, const ingress::Ingress& ingress) {
    if (path.empty()) return true;
    const std::string temporary = path + ".tmp";
    {
        std::ofstream file(temporary, std::ios::trunc);
        file << "listen=" << ingress.port() << "\nadmin=" << ingress.admin_port() << "\n";
        file.close();
        if (!file) return false;
    }
    return std::rename(temporary.c_str(), path.c_str()) == 0;
}

/// Ends the process if taking it apart hangs: librdkafka's queries can outlive their own timeouts
/// while no broker answers. Every caller has its answer by then, so nothing of value is left.
void bound_teardown() {
    std::thread([] {
        std::this_thread::sleep_for(std::chrono::seconds(5));
        log_warn("a client library did not stop in time; leaving without it");
        std::_Exit(kExitOk);
    }).detach();
}

int serve(const ingress::IngressSettings& settings) {
    const sigset_t signals = block_stop_signals();
    raise_descriptor_limit();
    auto started = ingress::Ingress::start(settings);
    if (!started) {
        log_error("the ingress cannot start", {{"reason", started.error().message}});
        return kExitBadOptions;
    }
    ingress::Ingress& ingress = **started;
    if (!write_ports_file(settings.ports_file, ingress)) {
        log_error("the ports file cannot be written", {{"path", settings.ports_file}});
        return kExitFailed;
    }
    log_info(
        "serving",
        {{"port", ingress.port()},
         {"admin_port", ingress.admin_port()},
         {"version", PAGEPRESS_VERSION}}
    );
    int received = 0;
    sigwait(&signals, &received);
    log_info("stopping", {{"signal", received}});
    const std::size_t unanswered = ingress.stop();
    log_info("stopped", {{"callers_without_reply", unanswered}});
    bound_teardown();
    return kExitOk;
}

}  // namespace

int main(int argc, char** argv) {
    const std::vector<Option> table = ingress::ingress_options();
    ParsedOptions parsed = parse_options(table, {argv + 1, argv + argc}, read_environment());
    switch (parsed.command) {
        case Command::kHelp:
            print(stdout, help_text("pagepress-ingress", table));
            return kExitOk;
        case Command::kVersion:
            print(stdout, "pagepress-ingress " PAGEPRESS_VERSION "\n");
            return kExitOk;
        case Command::kPrintOptions:
            print(stdout, options_markdown(table));
            return kExitOk;
        case Command::kCheck:
        case Command::kRun:
            break;
    }
    const ingress::IngressSettings settings =
        ingress::read_settings(parsed.values, parsed.problems);
    for (const std::string& problem : parsed.problems) print(stderr, problem + "\n");
    if (!parsed.problems.empty()) return kExitBadOptions;
    if (parsed.command == Command::kCheck) return kExitOk;
    set_up_log(
        "pagepress-ingress", parsed.values.text("log-format"), parsed.values.text("log-level")
    );
    return serve(settings);
}
