#include "common/catalog/site_url.h"

#include <charconv>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

namespace pagepress {

namespace {

bool is_port(std::string_view text) {
    unsigned port = 0;
    const char* const end = text.data() + text.size();
    const auto [parsed, error] = std::from_chars(text.data(), end, port);
    return error == std::errc() && parsed == end && port >= 1 && port <= 65535;
}

}  // namespace

Result<std::string> base_url_from(std::string_view text) {
    constexpr auto kInvalid = ErrorCode::kInvalidInput;
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed) return fail(kInvalid, "must be an absolute URL such as https://acme.example");
    if (parsed->scheme() != "https" && parsed->scheme() != "http") {
        return fail(kInvalid, "must begin with https:// or http://");
    }
    if (!parsed->has_authority() || parsed->encoded_host().empty()) {
        return fail(kInvalid, "must name a host, as in https://acme.example");
    }
    if (parsed->has_port() && !is_port({parsed->port().data(), parsed->port().size()})) {
        return fail(kInvalid, "must have a port of 1 to 65535, or none");
    }
    if (parsed->has_userinfo()) {
        return fail(kInvalid, "must not hold a user or password; they belong into secret_file");
    }
    if (parsed->has_query() || parsed->has_fragment()) {
        return fail(kInvalid, "must be a base URL without '?' and '#'");
    }
    while (text.ends_with('/')) text.remove_suffix(1);
    return std::string(text);
}

}  // namespace pagepress
