// fake-atlassian: a Confluence and Jira site on one port, for tests and for trying things out.
// One thread.
#include <csignal>
#include <cstdio>
#include <map>
#include <string>

#include <CLI/CLI.hpp>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/log.h"
#include "common/base/ports_file.h"
#include "common/http_server/event_loop.h"
#include "tests/support/fake_atlassian/server.h"
#include "tests/support/fake_atlassian/site.h"

namespace {

using namespace pagepress;
using namespace pagepress::test;

struct Arguments {
    std::string listen = "127.0.0.1:0";
    std::string ports_file;
    std::string accounts_file;
    SiteSeed seed;
};

int fail_start(const std::string& why) {
    std::fprintf(stderr, "fake-atlassian: %s\n", why.c_str());
    return 2;
}

/// A descriptor that becomes readable when the process is asked to stop.
int watch_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    sigprocmask(SIG_BLOCK, &signals, nullptr);
    return signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

int run(const Arguments& arguments) {
    Accounts accounts({"demo@example.com:demo-token"});
    if (!arguments.accounts_file.empty()) {
        auto read = Accounts::read_file(arguments.accounts_file);
        if (!read) return fail_start(read.error().message);
        accounts = std::move(*read);
    }
    const int signals = watch_signals();
    const SystemClock clock;
    FakeSite site(clock, arguments.seed, std::move(accounts));
    EventLoop loop;
    FakeServer server(loop, clock, site);
    const auto port = server.listen(arguments.listen);
    if (!port) return fail_start(port.error().message);
    loop.watch(signals, [&loop] { loop.stop(); });
    const auto written = write_ports_file(arguments.ports_file, {{"listen", *port}});
    if (!written) return fail_start(written.error().message);
    log_info("the fake site is up", {{"url", site.base_url}, {"issues", arguments.seed.issues}});
    loop.run();
    ::close(signals);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    CLI::App app("A Confluence and Jira site on one port, for tests and demonstrations.");
    app.add_option("--listen", arguments.listen, "Address, host:port; port 0 takes a free one.");
    app.add_option("--ports-file", arguments.ports_file, "Gets the line listen=PORT.");
    app.add_option("--accounts-file", arguments.accounts_file, "Accepted email:token, one a line.");
    app.add_option("--seed-issues", arguments.seed.issues, "Number of issues at the start.")
        ->check(CLI::Range(0, 100'000));
    app.add_option("--project", arguments.seed.project, "Key of the seeded project.");
    const std::map<std::string, Flavour> flavours{
        {"cloud", Flavour::kCloud}, {"datacenter", Flavour::kDataCenter}};
    app.add_option(
           "--flavour", arguments.seed.flavour, "Which product line it is: cloud or datacenter."
    )
        ->transform(CLI::CheckedTransformer(flavours));
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    set_up_log("fake-atlassian", "text", "info");
    return run(arguments);
}
