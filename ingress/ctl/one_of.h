// Options that take one of several words; private to the files of the command line.
#pragma once

#include <map>
#include <string>

#include <CLI/CLI.hpp>

namespace pagepress::ctl {

/// Lets `option` take a word that `words` holds. `allowed` is for people, with `|` between the
/// words; the shells' completion reads it too.
template <typename T>
CLI::Option* take_one_of(
    CLI::Option* option, const std::map<std::string, T>& words, const std::string& allowed
) {
    const auto translate = [&words, allowed](std::string& word) {
        const auto found = words.find(word);
        if (found == words.end()) return "'" + word + "' is none of " + allowed;
        word = std::to_string(static_cast<int>(found->second));
        return std::string();
    };
    return option->transform(CLI::Validator(translate, ""))->type_name(allowed);
}

}  // namespace pagepress::ctl
