#include "ingress/ctl/usage_error.h"

#include <algorithm>
#include <vector>

#include <CLI/CLI.hpp>

#include "common/base/nearest_word.h"
#include "ingress/ctl/command_tree.h"

namespace pagepress::ctl {

namespace {

/// The command that the arguments have reached, and its words.
struct Reached {
    const CLI::App* app;
    std::string path;
    std::vector<std::string> options;  ///< its own, and those of the commands around it
};

Reached reached_by(const CLI::App& app) {
    Reached reached{.app = &app, .path = app.get_name(), .options = {}};
    while (true) {
        for (const OptionNode& option : read_tree(*reached.app).options) {
            reached.options.insert(reached.options.end(), option.names.begin(), option.names.end());
        }
        const auto chosen = reached.app->get_subcommands();
        const auto next = std::ranges::find_if(chosen, [](const CLI::App* child) {
            return !child->get_name().empty();
        });
        if (next == chosen.end()) return reached;
        reached.app = *next;
        reached.path += " " + reached.app->get_name();
    }
}

std::vector<std::string> names_of(const std::vector<CommandNode>& commands) {
    std::vector<std::string> names;
    for (const CommandNode& command : commands) names.push_back(command.name);
    return names;
}

std::string joined(const std::vector<std::string>& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

/// `'x' is no y`, and the word that was probably meant.
std::string no_such(
    const std::string& word, const std::string& what, const std::vector<std::string>& known
) {
    const std::string_view nearest = nearest_word(word, known);
    std::string text = "'" + word + "' is no " + what;
    if (!nearest.empty()) text.append("; did you mean '").append(nearest).append("'?");
    return text;
}

/// The subcommand that an option would be if it had no dashes; null if there is none.
const CLI::App* child_meant(const CLI::App& app, std::string_view option) {
    const std::string_view word =
        option.substr(std::min(option.find_first_not_of('-'), option.size()));
    const auto children = app.get_subcommands([&](const CLI::App* child) {
        return !child->get_name().empty() && child->get_name() == word;
    });
    return children.empty() ? nullptr : children.front();
}

std::string without_end(std::string words) {
    words = words.substr(0, words.find('\n'));
    while (words.ends_with('.') || words.ends_with(' ')) words.pop_back();
    return words;
}

}  // namespace

std::string usage_error(const CLI::App& app, const std::string& words) {
    const Reached reached = reached_by(app);
    const std::string help = "'" + reached.path + " --help'";
    const auto commands = names_of(read_tree(*reached.app).children);
    const auto left = app.remaining(true);
    if (!left.empty() && left.front().starts_with('-') && left.front() != "--") {
        const std::string name = left.front().substr(0, left.front().find('='));
        if (const CLI::App* child = child_meant(*reached.app, name)) {
            return "'" + name + "' is no option of " + reached.path + "; did you mean '" +
                   reached.path + " " + child->get_name() + "'?";
        }
        std::string text = no_such(name, "option of " + reached.path, reached.options);
        return text.ends_with('?') ? text : text + "; see " + help;
    }
    if (!commands.empty()) {
        if (left.empty()) {
            return reached.path + " needs a command: " + joined(commands) + "; see " + help;
        }
        std::string text = no_such(left.front(), "command of " + reached.path, commands);
        return text.ends_with('?') ? text : text + "; it has " + joined(commands);
    }
    if (!left.empty()) {
        return "'" + left.front() + "' is one argument too many for " + reached.path + "; see " +
               help;
    }
    return without_end(words) + "; see " + help;
}

}  // namespace pagepress::ctl
