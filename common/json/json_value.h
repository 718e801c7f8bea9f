// JSON from the wire: parsed and validated by simdjson, handed out as Boost.JSON values, which are
// also the templates' data model. The only door to simdjson.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include <boost/json/value.hpp>

#include "common/base/error.h"

namespace pagepress {

/// Parses one JSON document, UTF-8, at most 512 levels deep.
///
/// @errors  kCorrupt  not one valid JSON document; the message names the place in `what`
[[nodiscard]] Result<boost::json::value> parse_json(std::string_view text, std::string_view what);

/// Member of an object, or null where `value` is no object or has no such member.
[[nodiscard]] const boost::json::value* find(const boost::json::value& value, std::string_view key);

/// Value at a path of member names (`{"version", "number"}`), or null.
[[nodiscard]] const boost::json::value* find_path(
    const boost::json::value& value, std::initializer_list<std::string_view> path
);

/// Text of a string member; empty if missing or of another type.
[[nodiscard]] std::string string_at(const boost::json::value& value, std::string_view key);

/// Integer of a number member, or of a string member that holds one (Confluence sends both forms).
[[nodiscard]] std::optional<std::int64_t> integer_at(
    const boost::json::value& value, std::string_view key
);

}  // namespace pagepress
