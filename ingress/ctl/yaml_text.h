// Writes JSON values as YAML for people.
#pragma once

#include <string>

#include <boost/json/value.hpp>

namespace pagepress::ctl {

/// YAML text of a value, with a line end. What reads it by the core schema gets the same value:
/// text that looks like a number is quoted.
[[nodiscard]] std::string to_yaml(const boost::json::value& value);

}  // namespace pagepress::ctl
