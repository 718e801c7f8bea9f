// What to say to people whom YAML surprises.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "common/catalog/documents.h"

namespace pagepress::ctl {

/// What is probably wrong where the parser gave up: `message` and, if one is known, a hint.
///
/// @param line  text of the line that the parser points to
[[nodiscard]] std::string with_syntax_hint(const std::string& message, std::string_view line);

/// Warnings of an unquoted value: a `#` that cuts it short, a number that loses its zeros.
///
/// @param file   text of the whole file
/// @param begin  offset of the value in it
/// @param text   the value as the parser cut it out
/// @param value  what it stands for
[[nodiscard]] std::vector<std::string> warnings_of_plain(
    std::string_view file, int begin, std::string_view text, const boost::json::value& value
);

/// Problem with a member, and a hint if its unquoted `text` explains it (`yes` where true is
/// meant).
[[nodiscard]] Problem with_value_hint(Problem problem, std::string_view text);

/// Line `number` (from 1) of a text; empty if there is none.
[[nodiscard]] std::string_view line_at(std::string_view text, int number);

}  // namespace pagepress::ctl
