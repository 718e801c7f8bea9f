// What is wrong with a command line, in one sentence.
#pragma once

#include <string>

namespace CLI {
class App;
}

namespace pagepress::ctl {

/// @param app    as the failed parse left it
/// @param words  the parser's own
[[nodiscard]] std::string usage_error(const CLI::App& app, const std::string& words);

}  // namespace pagepress::ctl
