#include "ingress/http/call_replies.h"

#include <utility>

namespace pagepress::ingress {

std::string unavailable_response(std::string_view detail, std::string retry_after_s) {
    HttpReply reply = problem_reply(503, detail);
    reply.headers.push_back({.name = "Retry-After", .value = std::move(retry_after_s)});
    return format_reply(reply);
}

HttpReply wrong_method_reply(std::string_view allowed) {
    HttpReply reply =
        problem_reply(405, "This address takes " + std::string(allowed) + " requests only.");
    reply.headers.push_back({.name = "Allow", .value = std::string(allowed)});
    return reply;
}

HttpReply repeated_header_reply(std::string_view name) {
    return problem_reply(
        400, "The header '" + std::string(name) + "' must not be there more than once."
    );
}

HttpReply unsigned_reply() {
    return problem_reply(403, "The signature is missing or not valid for this.");
}

HttpReply other_content_reply() {
    return problem_reply(
        422,
        "This Idempotency-Key was used for another call less than 24 hours ago; give every call "
        "a key of its own."
    );
}

HttpReply over_limit_reply(const Site& site, std::chrono::seconds wait) {
    HttpReply reply = problem_reply(
        429,
        "The site takes " + std::to_string(site.calls_per_minute.value_or(0)) +
            " calls a minute; send this again after the time in 'Retry-After'."
    );
    reply.headers.push_back({.name = "Retry-After", .value = std::to_string(wait.count())});
    return reply;
}

}  // namespace pagepress::ingress
