// pagepressctl: the command line of pagepress.
#include <iostream>
#include <string>
#include <thread>

#include <unistd.h>

#include "common/http_client/curl_client.h"
#include "ingress/ctl/command_line.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/harmless_text.h"

namespace {

std::optional<std::string> read_line_of_terminal() {
    std::string line;
    if (isatty(STDIN_FILENO) == 0 || !std::getline(std::cin, line)) return std::nullopt;
    return line;
}

}  // namespace

int main(int argc, char** argv) {
    using namespace pagepress;
    const auto line = ctl::parse_command_line({argv + 1, argv + argc});
    if (!line.command) {
        (line.exit_code == ctl::kExitOk ? std::cout : std::cerr) << line.text;
        return line.exit_code;
    }
    // Messages are for people wherever they go; results are what they are unless a person looks.
    ctl::HarmlessText harmless_out(*std::cout.rdbuf());
    ctl::HarmlessText harmless_err(*std::cerr.rdbuf());
    std::ostream out(&harmless_out);
    std::ostream err(&harmless_err);
    const SystemClock clock;
    const auto http = make_curl_client({}, [] { return false; });
    return ctl::run(
        *line.command,
        {
            .http = *http,
            .out = isatty(STDOUT_FILENO) != 0 ? out : std::cout,
            .err = err,
            .admin_url = line.admin_url,
            .admin_token_file = line.admin_token_file,
            .pause = [](Millis time) { std::this_thread::sleep_for(time); },
            .clock = clock,
            .read_answer = read_line_of_terminal,
            .terminal = isatty(STDERR_FILENO) != 0 ? &std::cerr : nullptr,
        }
    );
}
