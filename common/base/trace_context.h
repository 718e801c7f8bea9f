// The header `traceparent` (W3C Trace Context, level 1): ties the log lines of one call together.
#pragma once

#include <string>
#include <string_view>

#include "common/base/random.h"

namespace pagepress {

/// Name of the HTTP header and of the record header.
inline constexpr std::string_view kTraceHeader = "traceparent";

/// Writes our own `traceparent` over `out`: of the caller's trace, with a new parent id, if
/// `presented` is valid; else of a new trace, which nobody records (flag `sampled` off). Allocates
/// nothing once `out` has held one.
void continue_trace(std::string& out, std::string_view presented, Random& random);

/// The 32 hex digits of the trace id; empty if `traceparent` is not valid. A view into it.
[[nodiscard]] std::string_view trace_id_of(std::string_view traceparent);

}  // namespace pagepress
