// The public listener's refusals as replies. Pure.
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "common/catalog/model.h"
#include "common/http_server/http_server.h"

namespace pagepress::ingress {

/// 503 as a whole response, for Responder::send_formatted.
[[nodiscard]] std::string unavailable_response(std::string_view detail, std::string retry_after_s);

/// 405 with `Allow`.
[[nodiscard]] HttpReply wrong_method_reply(std::string_view allowed);

/// 400 of a header that would mean something else to whoever reads its last value.
[[nodiscard]] HttpReply repeated_header_reply(std::string_view name);

/// The one 403 of events, whatever the reason.
[[nodiscard]] HttpReply unsigned_reply();

/// 422 of an Idempotency-Key that stands for another call.
[[nodiscard]] HttpReply other_content_reply();

/// 429 with `Retry-After`.
[[nodiscard]] HttpReply over_limit_reply(const Site& site, std::chrono::seconds wait);

}  // namespace pagepress::ingress
