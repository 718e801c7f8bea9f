// bash and zsh share one walk over the words, in the syntax that both have: tables of
// `path word` patterns. What differs are the functions that offer words and files.
#include "ingress/ctl/completion.h"

#include <algorithm>
#include <functional>

namespace pagepress::ctl {

namespace {

using Lines = std::vector<std::string>;

/// Calls `visit` for every command with its path: `" batch create"`, empty for the root.
void walk(
    const CommandNode& node,
    const std::string& path,
    const std::function<void(const CommandNode&, const std::string& path)>& visit
) {
    visit(node, path);
    for (const CommandNode& child : node.children) walk(child, path + " " + child.name, visit);
}

std::string joined(const Lines& words) {
    std::string text;
    for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
    return text;
}

/// Arm of a `case`: patterns in quotes.
std::string arm(const Lines& patterns, const std::string& action) {
    if (patterns.empty()) return {};
    std::string text;
    for (const std::string& pattern : patterns) {
        text += (text.empty() ? "    '" : "|'") + pattern + "'";
    }
    return text + ") " + action + " ;;\n";
}

/// Options of a command, and those of the root behind them; `--help` once.
std::vector<OptionNode> options_of(const CommandNode& node, const CommandNode& root) {
    std::vector<OptionNode> options = node.options;
    if (&node == &root) return options;
    for (const OptionNode& option : root.options) {
        const bool is_known = std::ranges::any_of(node.options, [&](const OptionNode& own) {
            return own.names == option.names;
        });
        if (!is_known) options.push_back(option);
    }
    return options;
}

/// Commands and options that take a value, for the walk.
std::string walk_table(const CommandNode& root) {
    Lines commands;
    Lines with_value;
    walk(root, "", [&](const CommandNode& node, const std::string& path) {
        if (!path.empty()) commands.push_back(path);
        for (const OptionNode& option : options_of(node, root)) {
            if (!option.takes_value) continue;
            for (const std::string& name : option.names) with_value.push_back(path + " " + name);
        }
    });
    return arm(commands, "at=\"$at $word\"; args=0") + arm(with_value, "skip=1") +
           "    *' -'*) ;;\n    *) args=$((args + 1)) ;;\n";
}

/// What to offer behind an option that takes a value.
std::string value_table(const CommandNode& root) {
    std::string text;
    walk(root, "", [&](const CommandNode& node, const std::string& path) {
        for (const OptionNode& option : options_of(node, root)) {
            if (!option.takes_value) continue;
            Lines patterns;
            for (const std::string& name : option.names) patterns.push_back(path + " " + name);
            const std::string action =
                option.takes_file ? "_pagepressctl_files; return"
                : option.words.empty()
                    ? "return"
                    : "_pagepressctl_words '" + joined(option.words) + "'; return";
            text += arm(patterns, action);
        }
    });
    return text;
}

std::string option_table(const CommandNode& root) {
    std::string text;
    walk(root, "", [&](const CommandNode& node, const std::string& path) {
        Lines names;
        for (const OptionNode& option : options_of(node, root)) {
            names.insert(names.end(), option.names.begin(), option.names.end());
        }
        text += arm({path}, "_pagepressctl_words '" + joined(names) + "'");
    });
    return text;
}

std::string argument_table(const CommandNode& root) {
    std::string text;
    walk(root, "", [&](const CommandNode& node, const std::string& path) {
        Lines names;
        for (const CommandNode& child : node.children) names.push_back(child.name);
        if (!names.empty())
            text += arm({path + " 0"}, "_pagepressctl_words '" + joined(names) + "'");
        for (std::size_t i = 0; i < node.positionals.size(); ++i) {
            const OptionNode& positional = node.positionals[i];
            const Lines pattern{path + " " + std::to_string(i)};
            if (positional.takes_file) text += arm(pattern, "_pagepressctl_files");
            if (positional.words.empty()) continue;
            text += arm(pattern, "_pagepressctl_words '" + joined(positional.words) + "'");
        }
    });
    return text;
}

/// The body both shells share. It reads `cur`, the word being typed, and `before`, those between
/// the program's name and it.
std::string shared_body(const CommandNode& root) {
    return "  local at='' word='' previous='' skip=0 args=0\n"
           "  for word in \"${before[@]}\"; do\n"
           "    previous=$word\n"
           "    if [ \"$skip\" = 1 ]; then skip=0; continue; fi\n"
           "    case \"$at $word\" in\n" +
           walk_table(root) +
           "    esac\n"
           "  done\n"
           "  if [ \"$skip\" = 1 ]; then\n"
           "    case \"$at $previous\" in\n" +
           value_table(root) +
           "    esac\n"
           "    return\n"
           "  fi\n"
           "  case \"$cur\" in -*)\n"
           "    case \"$at\" in\n" +
           option_table(root) +
           "    esac\n"
           "    return ;;\n"
           "  esac\n"
           "  case \"$at $args\" in\n" +
           argument_table(root) + "  esac\n";
}

/// Text in fish's single quotes.
std::string fish_quoted(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'' || c == '\\') quoted += '\\';
        quoted += c;
    }
    return quoted + "'";
}

std::string fish_option(const OptionNode& option) {
    std::string text;
    for (const std::string& name : option.names) {
        text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
    }
    if (option.takes_file) {
        text += " -r -F";
    } else if (option.takes_value) {
        text += " -x";
    }
    if (!option.words.empty()) text += " -a " + fish_quoted(joined(option.words));
    return text + " -d " + fish_quoted(option.help) + "\n";
}

}  // namespace

std::string bash_completion(const CommandNode& root) {
    return "# Completion of pagepressctl for bash.\n"
           "_pagepressctl_words() { COMPREPLY=($(compgen -W \"$1\" -- \"$cur\")); }\n"
           "_pagepressctl_files() {\n"
           "  compopt -o filenames 2>/dev/null\n"
           "  local IFS=$'\\n'\n"
           "  COMPREPLY=($(compgen -f -- \"$cur\"))\n"
           "}\n"
           "_pagepressctl() {\n"
           "  local cur=${COMP_WORDS[COMP_CWORD]}\n"
           "  local -a before=(\"${COMP_WORDS[@]:1:COMP_CWORD-1}\")\n"
           "  COMPREPLY=()\n" +
           shared_body(root) + "}\ncomplete -F _pagepressctl pagepressctl\n";
}

std::string zsh_completion(const CommandNode& root) {
    return "#compdef pagepressctl\n"
           "# Completion of pagepressctl for zsh.\n"
           "_pagepressctl_words() { compadd -- ${(s: :)1}; }\n"
           "_pagepressctl_files() { _files; }\n"
           "_pagepressctl() {\n"
           "  local cur=${words[CURRENT]}\n"
           "  local -a before=(\"${(@)words[2,CURRENT-1]}\")\n" +
           shared_body(root) +
           "}\n"
           "if [ \"$funcstack[1]\" = _pagepressctl ]; then _pagepressctl \"$@\"; else compdef "
           "_pagepressctl pagepressctl; fi\n";
}

std::string fish_completion(const CommandNode& root) {
    std::string commands;
    std::string text;
    walk(root, "", [&](const CommandNode& node, const std::string& path) {
        if (!path.empty()) commands += " " + fish_quoted(path.substr(1));
        const std::string at =
            "complete -c pagepressctl -n " + fish_quoted("__pagepressctl_at" + path);
        for (const CommandNode& child : node.children) {
            text += at + " -a " + child.name + " -d " + fish_quoted(child.help) + "\n";
        }
        for (const OptionNode& option : node.options) {
            // The root's options are known everywhere.
            text += (path.empty() ? "complete -c pagepressctl" : at) + fish_option(option);
        }
        for (const OptionNode& positional : node.positionals) {
            if (positional.words.empty()) continue;
            text += at + " -a " + fish_quoted(joined(positional.words)) + "\n";
        }
    });
    return "# Completion of pagepressctl for fish.\n"
           "set -g __pagepressctl_commands" +
           commands +
           "\n"
           "function __pagepressctl_at\n"
           "  set -l path\n"
           "  for word in (commandline -opc)[2..-1]\n"
           "    contains -- (string join -- ' ' $path $word) $__pagepressctl_commands\n"
           "    and set -a path $word\n"
           "  end\n"
           "  test \"$path\" = \"$argv\"\n"
           "end\n"
           "complete -c pagepressctl -f\n" +
           text;
}

}  // namespace pagepress::ctl
