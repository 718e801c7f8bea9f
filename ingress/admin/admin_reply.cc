#include "ingress/admin/admin_reply.h"

#include <charconv>
#include <string>
#include <utility>

#include "common/json/json_text.h"
#include "common/json/json_value.h"

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

/// A header, unless the request has none of the name: a missing one is a view of nothing, an empty
/// one is a place in the request's head.
std::optional<std::string_view> find_header(const HttpRequest& request, std::string_view name) {
    const std::string_view value = request.header(name);
    if (value.data() == nullptr) return std::nullopt;
    return value;
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

HttpReply changed_reply(std::int64_t revision) {
    return problem_reply(409, "The entry has revision " + std::to_string(revision) + " by now.");
}

int read_number(
    const boost::json::value& body,
    std::string_view name,
    int fallback,
    int high,
    std::vector<Problem>& problems
) {
    if (find(body, name) == nullptr) return fallback;
    const auto number = integer_at(body, name);
    if (number && *number >= 1 && *number <= high) return static_cast<int>(*number);
    problems.push_back(
        {.field = std::string(name),
         .message = "must be a whole number from 1 to " + std::to_string(high)}
    );
    return fallback;
}

Result<std::optional<std::int64_t>> demanded_revision(const HttpRequest& request) {
    if (const auto none_match = find_header(request, "If-None-Match")) {
        if (*none_match == "*") return 0;
        return fail(ErrorCode::kInvalidInput, "The header 'If-None-Match' must be *.");
    }
    const auto match = find_header(request, "If-Match");
    if (!match) return std::nullopt;
    std::int64_t revision = 0;
    const bool is_quoted = match->size() > 2 && match->front() == '"' && match->back() == '"';
    const std::string_view digits = is_quoted ? match->substr(1, match->size() - 2) : "";
    const char* const end = digits.data() + digits.size();
    const auto parsed = std::from_chars(digits.data(), end, revision);
    if (parsed.ec != std::errc() || parsed.ptr != end || revision < 1) {
        return fail(
            ErrorCode::kInvalidInput,
            "The header 'If-Match' must be a revision in double quotes; leave it out to change the "
            "entry whatever its revision."
        );
    }
    return revision;
}

}  // namespace pagepress::ingress
