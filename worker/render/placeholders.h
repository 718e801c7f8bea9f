// Finds placeholders in the text of a template, and what surrounds each of them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress::worker {

/// What surrounds a placeholder, which decides how its value is written.
enum class ValueContext {
    kPlain,    ///< no markup: a title
    kContent,  ///< element content: escaped, line ends become `<br />`
    kLine,     ///< an attribute's value or a macro parameter: escaped, on one line
    kCData,    ///< inside a CDATA section: no entities there
};

/// A placeholder in a template; offsets are bytes of the template.
struct Placeholder {
    std::size_t begin = 0;
    std::size_t end = 0;
    std::string name;
    /// Tags that stood inside the braces, because the editor had formatted a part of the name; to
    /// be written after the value.
    std::string markup;
    ValueContext context = ValueContext::kPlain;
};

/// Placeholders `$#Name` (ASCII letters, digits, `_`), `$#{Any name}` and `${Any name}`, in order.
/// In braces references are resolved and spaces collapsed. A `$` that begins none of these stays
/// text, so do placeholders in comments and processing instructions and in tags outside of
/// attribute values.
///
/// @errors  kInvalidInput  `$#{` or `${` without its `}`: row and column
[[nodiscard]] Result<std::vector<Placeholder>> find_plain_placeholders(std::string_view text);
[[nodiscard]] Result<std::vector<Placeholder>> find_storage_placeholders(std::string_view text);

}  // namespace pagepress::worker
