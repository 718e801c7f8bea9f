// A server's connections, their limits and counters; kept alive by open replies.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include "common/base/clock.h"
#include "common/http_server/http_connection.h"
#include "common/http_server/http_server.h"

namespace pagepress {

/// Loop thread only, but for the counters.
class HttpServerCore final : public std::enable_shared_from_this<HttpServerCore> {
public:
    HttpServerCore(boost::asio::io_context& context, const HttpLimits& limits, HttpHandler handler);

    Result<std::uint16_t> listen(const std::string& address);
    void stop_accepting();

    /// Closes everything and leaves the loop; open replies are dropped from then on.
    void shut_down();

    void reply(std::uint32_t slot, std::uint64_t exchange, int status, std::string_view response);
    void drop(std::uint32_t slot, std::uint64_t exchange, std::string_view last_bytes);

    [[nodiscard]] bool has_client_left(std::uint32_t slot, std::uint64_t exchange);

    /// For the connections.
    [[nodiscard]] SteadyTime now() const { return clock_.steady_now(); }

    [[nodiscard]] const HttpLimits& limits() const { return limits_; }

    /// Largest body of a request with this target in origin-form.
    [[nodiscard]] std::size_t body_bytes_max(std::string_view target) const;

    [[nodiscard]] bool is_draining() const { return is_draining_; }

    /// `Date: …` with line end.
    [[nodiscard]] std::string_view date_line() const { return date_line_; }

    void handle(const HttpRequest& request, std::uint32_t slot, std::uint64_t exchange);
    void count_reply(int status);

    /// Whether a connection may grow its buffer by so much; it gives it back with
    /// `give_back_buffer`.
    [[nodiscard]] bool take_buffer(std::size_t bytes);

    void give_back_buffer(std::size_t bytes) { buffer_bytes_ -= bytes; }

    void release(std::uint32_t slot);

    [[nodiscard]] std::size_t connection_count() const;
    [[nodiscard]] std::map<int, std::uint64_t> replies_by_status() const;

private:
    void wait_for_clients();
    void accept_all();
    bool accept_one();
    void refuse_connection(boost::asio::ip::tcp::socket client);
    void sweep();
    void renew_date();

    // Without sockets and timers from `shut_down` on, so that it may outlive the context.
    boost::asio::io_context& context_;
    const SystemClock clock_{};
    const HttpLimits limits_;
    const HttpHandler handler_;
    std::optional<boost::asio::ip::tcp::acceptor> acceptor_{};
    std::optional<boost::asio::steady_timer> sweep_timer_{};
    bool is_accepting_paused_ = false;
    bool is_draining_ = false;
    bool is_shut_down_ = false;
    std::deque<HttpConnection> connections_{};
    std::vector<std::uint32_t> free_slots_{};
    std::string date_line_{};
    std::size_t buffer_bytes_ = 0;  ///< what connections have taken
    std::atomic<std::size_t> connection_count_ = 0;
    std::array<std::atomic<std::uint64_t>, 600> replies_{};
};

}  // namespace pagepress
