// One client connection: reads requests one after another, hands each to the server, sends its
// reply. Loop thread only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "common/base/clock.h"
#include "common/http_server/head_policy.h"
#include "common/http_server/request_head.h"

namespace pagepress {

class HttpServerCore;

/// A slot of the server; it is opened again for another client after it was closed. Its exchange
/// number changes with every request, so a late reply never reaches another request or client.
class HttpConnection {
public:
    HttpConnection(HttpServerCore& server, std::uint32_t slot) : server_(server), slot_(slot) {}

    void open(boost::asio::ip::tcp::socket socket);
    void close();

    [[nodiscard]] bool is_open() const { return phase_ != Phase::kClosed; }

    /// Whether the request `exchange` still waits for its reply.
    [[nodiscard]] bool awaits_reply(std::uint64_t exchange) const {
        return phase_ == Phase::kHandling && exchange == exchange_;
    }

    /// Whether the client has closed its side and sent nothing that is not read yet.
    [[nodiscard]] bool has_client_left();

    /// Sends a whole response for the request that is being handled.
    void reply(std::string_view response);

    /// Ends the connection instead of a reply.
    void drop(std::string_view last_bytes);

    /// Ends what has taken too long.
    void sweep(SteadyTime now);

private:
    enum class Phase {
        kClosed,
        kHead,      ///< reads a head, or waits for one
        kBody,      ///< reads a body
        kHandling,  ///< the handler has the request; the reply is due
        kSending,   ///< the socket did not take the whole reply yet
        kLingering  ///< all is said; reads on until the client closes, so that it sees the reply
    };

    void wait_for(
        boost::asio::ip::tcp::socket::wait_type readiness, void (HttpConnection::*go_on)()
    );
    void wait_for_bytes();
    void on_bytes();
    void serve();
    void serve_later();

    bool advance();
    bool take_head();
    void skip_empty_line();
    bool accept_head(const HeadVerdict& verdict);
    bool take_body();
    void handle();
    void refuse(int status, std::string_view detail);

    void receive();
    [[nodiscard]] bool make_room();
    void release_buffer();
    void drain();
    void consume(std::size_t size);

    void send(std::string_view text);
    void flush();
    void on_sent();
    void end_exchange();
    void start_head();
    void linger();

    HttpServerCore& server_;
    const std::uint32_t slot_;
    std::optional<boost::asio::ip::tcp::socket> socket_;  ///< set unless closed
    std::uint64_t client_ = 0;  ///< changes with every client, for callbacks that come too late
    Phase phase_ = Phase::kClosed;
    std::uint64_t exchange_ = 0;
    std::uint64_t request_count_ = 0;
    SteadyTime deadline_;

    bool is_readable_ = false;  ///< the socket may hold more
    bool is_waiting_ = false;   ///< for bytes
    bool must_close_ = false;   ///< after the reply that is due
    bool has_skipped_line_ = false;
    bool is_head_request_ = false;
    bool is_in_handler_ = false;
    bool was_sent_in_handler_ = false;
    bool was_dropped_in_handler_ = false;

    std::vector<char> buffer_;
    std::size_t used_ = 0;
    std::size_t scanned_ = 0;  ///< no end of a head begins before this
    std::size_t head_bytes_ = 0;
    std::size_t body_bytes_ = 0;
    RequestHead head_;

    std::string out_;  ///< rest of a reply that the socket did not take
    std::size_t out_sent_ = 0;
};

}  // namespace pagepress
