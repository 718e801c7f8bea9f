// Port to HTTP services (Confluence, Jira): one request, one answer, and what is known if there is
// none.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"

namespace pagepress {

struct HttpCall {
    std::string method;                     ///< GET, POST, PUT, DELETE
    std::string url;                        ///< absolute
    std::vector<std::string> headers = {};  ///< `Name: value`
    std::string body = {};                  ///< sent if not empty, or if method is POST or PUT
    std::chrono::milliseconds timeout{30'000};
    bool read_only = false;  ///< a POST that changes nothing (a search): its failures are a GET's
};

/// Answer to a call, whatever its status.
struct HttpAnswer {
    int status = 0;
    std::string body;
    /// Names in lower case; of repeated headers the last.
    std::map<std::string, std::string, std::less<>> headers;

    [[nodiscard]] std::string_view header(std::string_view lower_case_name) const {
        const auto found = headers.find(lower_case_name);
        return found == headers.end() ? std::string_view() : std::string_view(found->second);
    }
};

/// Blocking; used by one thread at a time.
class HttpClient {
public:
    virtual ~HttpClient() = default;

    /// Redirects are not followed. Blocks at most `call.timeout`.
    ///
    /// @errors  kUnavailable     nothing was sent (resolve, connect, TLS), or the call only reads
    ///          kUnknownOutcome  a call that writes may have been processed (time-out, reset, size
    ///                           cap or cancellation after the first byte went out)
    ///          kTooLarge        the answer to a call that only reads is over the size cap
    ///          kCancelled       we are stopping; nothing was sent, or the call only reads
    ///          kInvalidInput    the URL is malformed, or of a protocol that is not allowed
    virtual Result<HttpAnswer> perform(const HttpCall& call) = 0;
};

/// `text` with everything but unreserved characters percent-encoded (RFC 3986 §2.3).
[[nodiscard]] std::string percent_encoded(std::string_view text);

/// Least time to wait that a `Retry-After` value states: seconds or HTTP-date (RFC 9110 §10.2.3),
/// clamped to [0, 1 h] because real servers send absurd values. Empty if it is neither.
[[nodiscard]] std::optional<std::chrono::milliseconds> parse_retry_after(
    std::string_view value, std::chrono::system_clock::time_point now
);

/// Time of an HTTP-date in the form that senders must use, `Sun, 06 Nov 1994 08:49:37 GMT`
/// (RFC 9110 §5.6.7). Empty if `text` is none.
[[nodiscard]] std::optional<std::chrono::system_clock::time_point> parse_http_date(
    std::string_view text
);

}  // namespace pagepress
