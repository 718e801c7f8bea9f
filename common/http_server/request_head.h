// The head of a request, parsed in place: positions in the connection's buffer, no copies. The only
// door to Boost.Beast.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace pagepress {

/// Part of the head, relative to its first byte, so that the buffer may move.
struct HeadSpan {
    std::uint32_t at = 0;
    std::uint32_t size = 0;

    [[nodiscard]] std::string_view in(std::string_view head) const { return head.substr(at, size); }
};

struct HeadField {
    HeadSpan name;
    HeadSpan value;
};

struct RequestHead {
    HeadSpan method;
    HeadSpan target;
    int version = 11;  ///< 10 or 11
    bool keep_alive = false;
    std::vector<HeadField> fields;
};

enum class HeadError {
    kNone,
    kMalformed,         ///< not RFC 9112 grammar, obs-fold included
    kTransferEncoding,  ///< Transfer-Encoding in a form that Beast refuses already
    kTooManyFields,     ///< over kHeadFieldsMax
};

inline constexpr std::size_t kHeadFieldsMax = 100;

/// Parses a whole head, from the request line to the empty line, into `out` (whose memory is
/// reused).
[[nodiscard]] HeadError parse_head(std::string_view bytes, RequestHead& out);

/// Whether a line of `bytes` at or behind `from` ends with LF alone, which no head may contain.
[[nodiscard]] bool has_bare_line_feed(std::string_view bytes, std::size_t from);

/// Whether two header names are equal (ASCII, any case).
[[nodiscard]] bool equal_names(std::string_view left, std::string_view right);

/// A head together with its bytes: what HttpRequest::header looks into.
struct BoundHead {
    std::string_view bytes;
    const RequestHead* head;
};

}  // namespace pagepress
