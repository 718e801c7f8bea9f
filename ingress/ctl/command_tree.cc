#include "ingress/ctl/command_tree.h"

#include <CLI/CLI.hpp>

namespace pagepress::ctl {

namespace {

/// The words of a type name such as `yaml|json`; none of one such as `TEXT`.
std::vector<std::string> words_of(const std::string& type_name) {
    std::vector<std::string> words;
    if (type_name.find('|') == std::string::npos) return words;
    for (std::size_t begin = 0; begin <= type_name.size();) {
        const std::size_t end = std::min(type_name.find('|', begin), type_name.size());
        words.push_back(type_name.substr(begin, end - begin));
        begin = end + 1;
    }
    return words;
}

OptionNode node_of(const CLI::Option& option) {
    OptionNode node{.names = {}, .help = option.get_description()};
    for (const std::string& name : option.get_snames()) node.names.push_back("-" + name);
    for (const std::string& name : option.get_lnames()) node.names.push_back("--" + name);
    if (node.names.empty()) node.names.push_back(option.get_name());
    node.words = words_of(option.get_type_name());
    node.takes_value = option.get_items_expected_max() > 0;
    node.takes_file = option.get_type_name() == "FILE";
    return node;
}

void add_options(const CLI::App& app, CommandNode& node) {
    for (const CLI::Option* option : app.get_options()) {
        const bool is_positional = option->get_snames().empty() && option->get_lnames().empty();
        (is_positional ? node.positionals : node.options).push_back(node_of(*option));
    }
}

}  // namespace

CommandNode read_tree(const CLI::App& app) {
    CommandNode node{.name = app.get_name(), .help = app.get_description()};
    add_options(app, node);
    for (const CLI::App* child : app.get_subcommands({})) {
        if (child->get_name().empty()) {  // a group of options, not a command
            add_options(*child, node);
        } else {
            node.children.push_back(read_tree(*child));
        }
    }
    return node;
}

}  // namespace pagepress::ctl
