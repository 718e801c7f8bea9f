// Regions: the parts of a page that belong to snapshots, found and replaced without touching any
// other byte of the page.
//
// A region is a named excerpt macro, so that a person can move it in the editor like any other
// block, and include it in other pages:
//   <ac:structured-macro ac:name="excerpt"><ac:parameter ac:name="name">pagepress-weekly</…>
//   <ac:rich-text-body>…the snapshot…</ac:rich-text-body></ac:structured-macro>
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress::worker {

/// A region found in a body. Offsets are bytes.
struct Region {
    std::string snapshot;           ///< snapshot id
    std::size_t begin = 0;          ///< first byte of the macro element
    std::size_t end = 0;            ///< one past its last byte
    std::size_t content_begin = 0;  ///< first byte inside its rich-text-body
    std::size_t content_end = 0;
    /// The rich-text-body is an empty tag; then the content offsets enclose that tag.
    bool is_empty_tag = false;
};

/// All regions of a body, in order of their begin; tolerant of attributes and parameters that
/// Confluence adds. A region inside another one is listed too. A body whose tags do not nest has no
/// regions.
[[nodiscard]] std::vector<Region> find_regions(std::string_view body);

/// `body` with the content of the snapshot's region replaced; a region that is missing is appended
/// at the end. Every other byte stays. Of several regions of one snapshot all are replaced.
[[nodiscard]] std::string with_region(
    std::string_view body, std::string_view snapshot, std::string_view content
);

/// A freshly rendered body with the regions of `old_body` kept: a region that `new_body` has too
/// gets the old content, the others are appended.
[[nodiscard]] std::string with_regions_of(std::string_view new_body, std::string_view old_body);

}  // namespace pagepress::worker
