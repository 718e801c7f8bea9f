// The tree of commands as plain values, read from the parser.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace pagepress::ctl {

/// An option (`names` with their dashes) or a positional argument (one name without).
struct OptionNode {
    std::vector<std::string> names;
    std::string help = {};
    std::vector<std::string> words = {};  ///< allowed values; empty: any
    bool takes_value = false;
    bool takes_file = false;
};

struct CommandNode {
    std::string name;
    std::string help = {};
    std::vector<OptionNode> options = {};
    std::vector<OptionNode> positionals = {};  ///< in their order
    std::vector<CommandNode> children = {};
};

[[nodiscard]] CommandNode read_tree(const CLI::App& app);

}  // namespace pagepress::ctl
