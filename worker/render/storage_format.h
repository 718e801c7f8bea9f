// Confluence storage format: escaping and the well-formedness check before a body is sent.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress::worker {

/// Content bodies over this are refused by Confluence with 413.
inline constexpr std::size_t kBodyBytesMax = 5'242'880;

/// Text as element content or attribute value: `& < > "` become entities, characters that XML 1.0
/// forbids are left out (XML 1.0 §2.2), bytes that are not UTF-8 become U+FFFD.
[[nodiscard]] std::string xml_escaped(std::string_view text);

/// As xml_escaped, for element content that people read: line ends become `<br />`.
[[nodiscard]] std::string content_escaped(std::string_view text);

/// As xml_escaped, for attribute values in either kind of quotes and for macro parameters: `'` is
/// escaped too, line ends and tabs become spaces.
[[nodiscard]] std::string line_escaped(std::string_view text);

/// Appends `text` to `out`, which ends inside a CDATA section, so that the section still ends
/// where it did: `]]>` is split over two sections, also where it would come about at the seams.
void append_cdata(std::string& out, std::string_view text);

/// The text that storage format content stands for: references to characters and to HTML's named
/// entities resolved; unknown references stay as written.
[[nodiscard]] std::string xml_unescaped(std::string_view content);

/// Whether `body` is well-formed storage format: XML without a root, prefixes `ac:` and `ri:`
/// bound, HTML's named entities allowed, elements at most 250 deep. A DOCTYPE is refused, so no
/// entity can be defined; nothing is fetched. Any thread.
///
/// @errors  kInvalidInput  row and column of the first mistake, and what it is
///          kTooLarge      over 5,242,880 bytes, Confluence's own limit
[[nodiscard]] Result<void> check_storage_format(std::string_view body);

}  // namespace pagepress::worker
