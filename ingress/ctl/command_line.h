// The command line of pagepressctl. The only door to CLI11.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ingress/ctl/commands.h"

namespace pagepress::ctl {

struct CommandLine {
    std::optional<Command> command;  ///< empty: print `text` and leave with `exit_code`
    std::string admin_url;
    std::string admin_token_file;
    int exit_code = kExitOk;
    std::string text;  ///< help, version, or what is wrong
};

/// Understands the arguments (without the program's name) and the environment variables
/// PAGEPRESS_ADMIN_URL and PAGEPRESS_ADMIN_TOKEN_FILE. Call from main, before threads start.
[[nodiscard]] CommandLine parse_command_line(std::vector<std::string> arguments);

}  // namespace pagepress::ctl
