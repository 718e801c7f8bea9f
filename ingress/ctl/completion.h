// Completion scripts of shells, made of the tree of commands.
#pragma once

#include <string>

#include "ingress/ctl/command_tree.h"

namespace pagepress::ctl {

/// Options of the root count for every command.
[[nodiscard]] std::string bash_completion(const CommandNode& root);
[[nodiscard]] std::string zsh_completion(const CommandNode& root);
[[nodiscard]] std::string fish_completion(const CommandNode& root);

}  // namespace pagepress::ctl
