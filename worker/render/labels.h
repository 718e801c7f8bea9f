// Labels of pages, from rendered text. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress::worker {

/// The labels that a text names, with commas between, as Confluence keeps them: in lower case, and
/// `-` for white space and the characters that a label may not have. Parts without a character that
/// remains are left out; so are repetitions. Letters beyond ASCII keep their case, which is
/// Confluence's to change.
///
/// @errors  kInvalidInput  a label of over 255 characters
[[nodiscard]] Result<std::vector<std::string>> labels_from(std::string_view text);

/// Adds those of `more` that `labels` does not have.
void merge_labels(std::vector<std::string>& labels, const std::vector<std::string>& more);

}  // namespace pagepress::worker
