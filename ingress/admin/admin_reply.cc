#include "ingress/admin/admin_reply.h"

#include <charconv>
#include <string>
#include <utility>

#include "common/json/json_text.h"

namespace pagepress::ingress {

namespace {

int status_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::kInvalidInput:
        case ErrorCode::kCorrupt:
            return 400;
        case ErrorCode::kForbidden:
            return 502;
        case ErrorCode::kNotFound:
            return 404;
        case ErrorCode::kConflict:
            return 409;
        case ErrorCode::kTooLarge:
            return 413;
        default:
            return 503;
    }
}

}  // namespace

HttpReply validation_reply(const std::vector<Problem>& problems) {
    HttpReply reply = problem_reply(422, "The document has problems; see 'errors'.");
    while (reply.body.back() != '}') reply.body.pop_back();
    reply.body.pop_back();
    reply.body.append(R"(,"errors":[)");
    for (const Problem& problem : problems) {
        if (reply.body.back() != '[') reply.body.push_back(',');
        reply.body.append(R"({"field":)");
        append_json_string(reply.body, problem.field);
        reply.body.append(R"(,"message":)");
        append_json_string(reply.body, problem.message);
        reply.body.push_back('}');
    }
    reply.body.append("]}\n");
    return reply;
}

HttpReply error_reply(const Error& error) {
    HttpReply reply = problem_reply(status_of(error.code), error.message);
    if (reply.status == 503) reply.headers.push_back({.name = "Retry-After", .value = "2"});
    return reply;
}

HttpReply not_allowed_reply(std::string_view allowed) {
    HttpReply reply = problem_reply(405, "This address takes " + std::string(allowed) + " only.");
    reply.headers.push_back({.name = "Allow", .value = std::string(allowed)});
    return reply;
}

Result<std::optional<std::int64_t>> demanded_revision(const HttpRequest& request) {
    const std::string_view none_match = request.header("If-None-Match");
    if (none_match == "*") return 0;
    if (!none_match.empty()) {
        return fail(ErrorCode::kInvalidInput, "The header 'If-None-Match' must be *.");
    }
    const std::string_view match = request.header("If-Match");
    if (match.empty()) return std::nullopt;
    std::int64_t revision = 0;
    const bool is_quoted = match.size() > 2 && match.front() == '"' && match.back() == '"';
    const char* const end = match.data() + match.size() - 1;
    const auto parsed = std::from_chars(match.data() + 1, end, revision);
    if (!is_quoted || parsed.ec != std::errc() || parsed.ptr != end || revision < 1) {
        return fail(
            ErrorCode::kInvalidInput, "The header 'If-Match' must be a revision in double quotes."
        );
    }
    return revision;
}

}  // namespace pagepress::ingress
