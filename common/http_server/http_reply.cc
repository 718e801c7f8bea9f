// Replies as text.
#include <array>
#include <utility>

#include "common/http_server/http_server.h"
#include "common/json/json_text.h"

namespace pagepress {

namespace {

struct StatusPhrase {
    int status;
    std::string_view phrase;
};

constexpr std::array kStatusPhrases{
    StatusPhrase{200, "OK"},
    StatusPhrase{201, "Created"},
    StatusPhrase{202, "Accepted"},
    StatusPhrase{204, "No Content"},
    StatusPhrase{302, "Found"},
    StatusPhrase{304, "Not Modified"},
    StatusPhrase{400, "Bad Request"},
    StatusPhrase{401, "Unauthorized"},
    StatusPhrase{403, "Forbidden"},
    StatusPhrase{404, "Not Found"},
    StatusPhrase{405, "Method Not Allowed"},
    StatusPhrase{408, "Request Timeout"},
    StatusPhrase{409, "Conflict"},
    StatusPhrase{411, "Length Required"},
    StatusPhrase{412, "Precondition Failed"},
    StatusPhrase{413, "Content Too Large"},
    StatusPhrase{415, "Unsupported Media Type"},
    StatusPhrase{417, "Expectation Failed"},
    StatusPhrase{422, "Unprocessable Content"},
    StatusPhrase{429, "Too Many Requests"},
    StatusPhrase{431, "Request Header Fields Too Large"},
    StatusPhrase{500, "Internal Server Error"},
    StatusPhrase{501, "Not Implemented"},
    StatusPhrase{502, "Bad Gateway"},
    StatusPhrase{503, "Service Unavailable"},
    StatusPhrase{504, "Gateway Timeout"},
};

/// Header values may carry text from outside; a line end in one would forge a header.
void append_header_value(std::string& out, std::string_view value) {
    for (const char c : value) out.push_back(c == '\r' || c == '\n' || c == '\0' ? ' ' : c);
}

}  // namespace

std::string_view status_phrase(int status) {
    for (const StatusPhrase& candidate : kStatusPhrases) {
        if (candidate.status == status) return candidate.phrase;
    }
    return "Unknown";
}

HttpReply problem_reply(int status, std::string_view detail) {
    std::string body = R"({"type":"about:blank","title":)";
    append_json_string(body, status_phrase(status));
    body.append(R"(,"status":)").append(std::to_string(status)).append(R"(,"detail":)");
    append_json_string(body, detail);
    body.append("}\n");
    return {
        .status = status,
        .body = std::move(body),
        .content_type = "application/problem+json",
    };
}

std::string format_reply(const HttpReply& reply) {
    std::string text;
    text.reserve(160 + reply.body.size());
    text.append("HTTP/1.1 ").append(std::to_string(reply.status)).append(" ");
    text.append(status_phrase(reply.status)).append("\r\n");
    const bool has_content = reply.status != 204 && reply.status != 304;
    if (has_content) {
        text.append("Content-Type: ").append(reply.content_type).append("\r\n");
        text.append("Content-Length: ").append(std::to_string(reply.body.size())).append("\r\n");
    }
    for (const HttpReplyHeader& header : reply.headers) {
        text.append(header.name).append(": ");
        append_header_value(text, header.value);
        text.append("\r\n");
    }
    text.append("\r\n");
    if (has_content) text.append(reply.body);
    return text;
}

}  // namespace pagepress
