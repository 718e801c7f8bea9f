// HTTP/1.1 server: strict about framing, bounded in everything, replies deferred as long as needed.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/error.h"
#include "common/http_server/event_loop.h"

namespace pagepress {

/// A request. The views live until the handler returns; copy what must live longer.
struct HttpRequest {
    std::string_view method;  ///< as sent
    std::string_view target;  ///< as sent: path and query
    std::string_view path;    ///< before `?`, not decoded
    std::string_view query;   ///< after `?`, not decoded
    std::string_view body;

    /// Value of a header, its name in any case; empty if it is missing.
    [[nodiscard]] std::string_view header(std::string_view name) const;

    /// The first of `names` that the request has more than once; empty if there is none.
    [[nodiscard]] std::string_view repeated_header(std::span<const std::string_view> names) const;

    /// Percent-decoded value of a query parameter (`+` is a space); empty optional if it is
    /// missing, or if its encoding is broken. The first of repeated ones.
    [[nodiscard]] std::optional<std::string> query_parameter(std::string_view name) const;

    const void* message = nullptr;  ///< the server's own (a BoundHead)
};

struct HttpReplyHeader {
    std::string_view name;
    std::string value;
};

struct HttpReply {
    int status = 200;
    std::string body = {};
    std::string_view content_type = "application/json";
    std::vector<HttpReplyHeader> headers = {};
};

/// Error reply as application/problem+json (RFC 9457): `type` about:blank, `title` the status
/// phrase, `status`, `detail`.
[[nodiscard]] HttpReply problem_reply(int status, std::string_view detail);

/// A whole HTTP/1.1 response, head and body, as `Responder::send_formatted` takes it. `Date` is the
/// server's to add.
[[nodiscard]] std::string format_reply(const HttpReply& reply);

/// Standard phrase of a status (RFC 9110 §15); `Unknown` for one that the project does not use.
[[nodiscard]] std::string_view status_phrase(int status);

class HttpServerCore;

/// Sends the one reply of a request. Movable; a Responder that dies unused sends 500. Safe to use
/// after the client or the server has gone (the reply is dropped). Loop thread only.
class Responder {
public:
    Responder(Responder&& other) noexcept;
    Responder& operator=(Responder&& other) noexcept;
    ~Responder();

    void send(const HttpReply& reply);

    /// Sends bytes that are a whole HTTP/1.1 response already, head and body; for the hot path.
    /// `status` is for the server's counters only.
    void send_formatted(int status, std::string_view response);

    /// Whether the client has closed its side of the connection, as far as the socket tells. Who
    /// waits long for a reply and did so is taken to have left, as proxies take it.
    [[nodiscard]] bool has_client_left() const;

    /// Closes the connection without an answer: with a reset if `last_bytes` is empty, else after
    /// them, as far as the socket takes them at once. For servers that simulate failures.
    void drop(std::string_view last_bytes = {});

private:
    friend class HttpServerCore;
    Responder(std::shared_ptr<HttpServerCore> server, std::uint32_t slot, std::uint64_t exchange);

    std::shared_ptr<HttpServerCore> server_;  ///< null once used
    std::uint32_t slot_;
    std::uint64_t exchange_;  ///< a connection answers only the exchange it is in
};

/// A bound of their own for the bodies of some requests.
struct BodyLimit {
    std::string path_prefix;  ///< of requests as they are sent, not decoded
    std::size_t bytes_max = 0;
};

struct HttpLimits {
    std::size_t header_bytes_max = 8 * 1024;
    std::size_t body_bytes_max = 256 * 1024;
    std::chrono::milliseconds header_timeout{5'000};
    std::chrono::milliseconds body_timeout{10'000};
    std::chrono::milliseconds idle_timeout{60'000};
    std::size_t connections_max = 10'000;
    std::uint64_t requests_per_connection_max = 1'000'000;
    /// Memory that all connections together may hold for requests larger than 4 KiB; what would
    /// take more is refused with 503.
    std::size_t buffer_bytes_max = 64 * 1024 * 1024;
    /// Holds instead of `body_bytes_max` where it fits; the first one that does.
    std::vector<BodyLimit> body_limits = {};
};

using HttpHandler = std::function<void(const HttpRequest&, Responder)>;

/// Serves connections on one loop. Refuses before the handler sees it: any `Transfer-Encoding`
/// (411), a malformed head or not exactly one `Host` (400), more than one `Content-Length` (400),
/// a body over the cap (413, before reading it), a head over the cap (431), and answers
/// `Expect: 100-continue`. No `Content-Length` and no `Transfer-Encoding` is an empty body
/// (RFC 9112 §6.3). Several servers on several loops may listen on one port (SO_REUSEPORT).
class HttpServer {
public:
    HttpServer(EventLoop& loop, HttpLimits limits, HttpHandler handler);
    ~HttpServer();
    HttpServer(const HttpServer&) = delete;
    HttpServer& operator=(const HttpServer&) = delete;

    /// Starts to listen on `address` (`host:port`; port 0 takes a free one). Returns the port.
    ///
    /// @errors  kInvalidInput  the address cannot be parsed or bound; says why
    Result<std::uint16_t> listen(const std::string& address);

    /// Closes the listening socket; open connections are served on, each told to close.
    void stop_accepting();

    /// Open connections. Any thread.
    [[nodiscard]] std::size_t connection_count() const;

    /// Replies sent so far by status, refusals of the server's own included. Any thread.
    [[nodiscard]] std::map<int, std::uint64_t> replies_by_status() const;

private:
    std::shared_ptr<HttpServerCore> core_;
};

}  // namespace pagepress
