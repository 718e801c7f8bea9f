// Decides from a parsed head whether a request is served, and how long its body is. Pure.
#pragma once

#include <cstdint>
#include <string_view>

#include "common/http_server/request_head.h"

namespace pagepress {

struct HeadVerdict {
    int refusal = 0;          ///< status to refuse with; 0: served
    std::string_view detail;  ///< of the refusal
    std::size_t body_bytes = 0;
    bool keep_alive = false;
    bool expects_continue = false;  ///< the client waits for `100 Continue`
};

/// Stricter than Beast where requests can be smuggled past a proxy that reads them otherwise: any
/// Transfer-Encoding is 411, exactly one Host, at most one Content-Length of digits only.
///
/// @param parsed  outcome of parse_head
[[nodiscard]] HeadVerdict judge_head(
    HeadError parsed, std::string_view bytes, const RequestHead& head, std::size_t body_bytes_max
);

/// `target` without the `http://authority` of absolute-form (RFC 9112 §3.2.2).
[[nodiscard]] std::string_view origin_form(std::string_view target);

}  // namespace pagepress
