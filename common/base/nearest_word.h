// "Did you mean": the word that was probably meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pagepress {

/// The known word that `name` was probably meant to be: at most three single-character edits away,
/// and at most half of its own length. Empty if none is near. The view is of an item of `known`.
[[nodiscard]] std::string_view nearest_word(
    std::string_view name, const std::vector<std::string>& known
);

}  // namespace pagepress
