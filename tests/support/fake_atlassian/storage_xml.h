// Storage format as XML: the check that Confluence makes on save, and a tree for the page view.
// With its .cc the fake's only door to libxml2.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pagepress::test {

/// What Confluence answers (400) for a body that is not well-formed: `Error parsing xhtml: … at
/// [row,col {unknown-source}]: [r,c]`, in the words of its parser (Woodstox) for the common
/// mistakes, else in libxml2's. Empty if the body is well-formed.
[[nodiscard]] std::optional<std::string> storage_problem(std::string_view body);

/// An element, or a piece of text (`name` is empty then).
struct XmlNode {
    std::string name;  ///< with its prefix: `ac:structured-macro`
    std::string text;
    std::vector<std::pair<std::string, std::string>> attributes;
    std::vector<XmlNode> children;

    /// Value of an attribute; empty if it is missing.
    [[nodiscard]] std::string attribute(std::string_view attribute_name) const;

    /// All text inside.
    [[nodiscard]] std::string inner_text() const;
};

/// The body as a tree under a nameless root; entities are resolved. Empty children if the body is
/// not well-formed or deeper than 200 levels.
[[nodiscard]] XmlNode parse_storage(std::string_view body);

}  // namespace pagepress::test
