// A page's storage format as HTML to look at: known elements pass, macros are shown sensibly,
// everything is escaped.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::test {

/// HTML fragment without scripts, handlers, or links other than http(s) and relative ones.
[[nodiscard]] std::string storage_as_html(std::string_view body);

}  // namespace pagepress::test
