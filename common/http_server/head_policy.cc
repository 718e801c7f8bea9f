#include "common/http_server/head_policy.h"

#include <algorithm>
#include <charconv>

namespace pagepress {

namespace {

/// What the policy looks at, gathered in one pass over the fields.
struct FramingFields {
    int hosts = 0;
    int content_lengths = 0;
    int transfer_encodings = 0;
    std::string_view host;
    std::string_view content_length;
    std::string_view expect;
};

FramingFields framing_fields_of(std::string_view bytes, const RequestHead& head) {
    FramingFields found;
    for (const HeadField& field : head.fields) {
        const std::string_view name = field.name.in(bytes);
        if (equal_names(name, "Host")) {
            ++found.hosts;
            found.host = field.value.in(bytes);
        } else if (equal_names(name, "Content-Length")) {
            ++found.content_lengths;
            found.content_length = field.value.in(bytes);
        } else if (equal_names(name, "Transfer-Encoding")) {
            ++found.transfer_encodings;
        } else if (equal_names(name, "Expect")) {
            found.expect = field.value.in(bytes);
        }
    }
    return found;
}

HeadVerdict refuse(int status, std::string_view detail) {
    return {.refusal = status, .detail = detail};
}

bool is_digits(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Whether the target has one of the forms that we serve: origin-form or absolute-form
/// (RFC 9112 §3.2).
bool is_served_target(std::string_view target) {
    return target.starts_with('/') || target.starts_with("http://") ||
           target.starts_with("https://");
}

HeadVerdict judge_parse_error(HeadError error) {
    switch (error) {
        case HeadError::kTransferEncoding:
            return refuse(411, "Transfer-Encoding is not supported; send Content-Length.");
        case HeadError::kTooManyFields:
            return refuse(431, "The request has more header fields than are accepted.");
        case HeadError::kMalformed:
        case HeadError::kNone:
            break;
    }
    return refuse(400, "The request is not valid HTTP/1.1.");
}

}  // namespace

HeadVerdict judge_head(
    HeadError parsed, std::string_view bytes, const RequestHead& head, std::size_t body_bytes_max
) {
    if (parsed != HeadError::kNone) return judge_parse_error(parsed);
    const FramingFields fields = framing_fields_of(bytes, head);
    if (fields.transfer_encodings > 0) return judge_parse_error(HeadError::kTransferEncoding);
    if (fields.hosts != 1 || fields.host.find_first_of(" \t,/?#@") != std::string_view::npos) {
        return refuse(400, "The request must have exactly one valid Host field.");
    }
    if (!is_served_target(head.target.in(bytes))) {
        return refuse(400, "The request target must begin with '/'.");
    }
    if (fields.content_lengths > 1) {
        return refuse(400, "The request has more than one Content-Length.");
    }
    HeadVerdict verdict{.detail = {}, .keep_alive = head.keep_alive};
    if (fields.content_lengths == 1) {
        const std::string_view text = fields.content_length;
        if (!is_digits(text)) return refuse(400, "Content-Length must be digits.");
        const auto parsed_length =
            std::from_chars(text.data(), text.data() + text.size(), verdict.body_bytes);
        if (parsed_length.ec != std::errc() || verdict.body_bytes > body_bytes_max) {
            return refuse(413, "The request body is larger than is accepted.");
        }
    }
    if (!fields.expect.empty()) {
        if (!equal_names(fields.expect, "100-continue")) {
            return refuse(417, "The only expectation that is supported is 100-continue.");
        }
        verdict.expects_continue = head.version == 11;
    }
    return verdict;
}

std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const std::size_t authority = target.find("//") + 2;
    const std::size_t path = target.find_first_of("/?", authority);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

}  // namespace pagepress
