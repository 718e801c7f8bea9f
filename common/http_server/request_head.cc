#include "common/http_server/request_head.h"

#include <algorithm>

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace pagepress {

namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

class HeadParser final : public http::basic_parser<true> {
public:
    HeadParser(std::string_view bytes, RequestHead& out) : bytes_(bytes), out_(out) {
        out_.fields.clear();
        // The connection enforces its own limits before it comes here.
        header_limit(static_cast<std::uint32_t>(bytes.size()));
        body_limit(boost::none);
        eager(false);
    }

    HeadError parse() {
        error_code error;
        put(boost::asio::const_buffer(bytes_.data(), bytes_.size()), error);
        if (has_too_many_fields_) return HeadError::kTooManyFields;
        if (error == http::error::bad_transfer_encoding) return HeadError::kTransferEncoding;
        if (error && has_transfer_encoding_) return HeadError::kTransferEncoding;
        if (error || !is_header_done()) return HeadError::kMalformed;
        out_.keep_alive = keep_alive();
        return HeadError::kNone;
    }

private:
    [[nodiscard]] HeadSpan span_of(string_view part) const {
        if (part.empty()) return {};
        return {
            .at = static_cast<std::uint32_t>(part.data() - bytes_.data()),
            .size = static_cast<std::uint32_t>(part.size()),
        };
    }

    void
    on_request_impl(http::verb /*method*/, string_view method, string_view target, int version, error_code&)
        override {
        out_.method = span_of(method);
        out_.target = span_of(target);
        out_.version = version;
    }

    void on_field_impl(
        http::field name, string_view name_text, string_view value, error_code& error
    ) override {
        if (name == http::field::transfer_encoding) has_transfer_encoding_ = true;
        if (out_.fields.size() == kHeadFieldsMax) {
            has_too_many_fields_ = true;
            error = http::error::header_limit;
        } else {
            out_.fields.push_back({.name = span_of(name_text), .value = span_of(value)});
        }
    }

    void on_response_impl(int, string_view, int, error_code&) override {}

    void on_header_impl(error_code&) override {}

    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}

    std::size_t on_body_impl(string_view body, error_code&) override { return body.size(); }

    void on_chunk_header_impl(std::uint64_t, string_view, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, string_view body, error_code&) override {
        return body.size();
    }

    void on_finish_impl(error_code&) override {}

    std::string_view bytes_;
    RequestHead& out_;
    bool has_transfer_encoding_ = false;
    bool has_too_many_fields_ = false;
};

bool has_folded_line(std::string_view bytes) {
    for (std::size_t at = bytes.find('\n'); at != std::string_view::npos && at + 1 < bytes.size();
         at = bytes.find('\n', at + 1)) {
        if (bytes[at + 1] == ' ' || bytes[at + 1] == '\t') return true;
    }
    return false;
}

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

HeadError parse_head(std::string_view bytes, RequestHead& out) {
    // Beast joins a folded value in a buffer of its own; RFC 9112 §5.2 wants a 400.
    if (has_folded_line(bytes)) return HeadError::kMalformed;
    return HeadParser(bytes, out).parse();
}

bool has_bare_line_feed(std::string_view bytes, std::size_t from) {
    std::size_t at = bytes.find('\n', from);
    while (at != std::string_view::npos && at > 0 && bytes[at - 1] == '\r') {
        at = bytes.find('\n', at + 1);
    }
    return at != std::string_view::npos;
}

bool equal_names(std::string_view left, std::string_view right) {
    return std::ranges::equal(left, right, [](char a, char b) { return lower(a) == lower(b); });
}

}  // namespace pagepress
