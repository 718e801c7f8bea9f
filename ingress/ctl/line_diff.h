// Unified diff of two texts.
#pragma once

#include <string>
#include <string_view>

namespace pagepress::ctl {

/// Hunks of `@@ -first,count +first,count @@`, with two lines around each change, without heads of
/// files. Texts of thousands of changed lines are shown as removed and added whole.
[[nodiscard]] std::string line_diff(std::string_view before, std::string_view after);

}  // namespace pagepress::ctl
