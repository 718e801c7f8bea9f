// A server's connections, their limits and counters; kept alive by open replies.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "common/http_server/http_connection.h"
#include "common/http_server/http_server.h"
#include "common/http_server/reactor.h"

namespace pagepress {

/// Loop thread only, but for the counters.
class HttpServerCore final : public EventSink,
                             public TurnEnd,
                             public std::enable_shared_from_this<HttpServerCore> {
public:
    HttpServerCore(Reactor& reactor, const HttpLimits& limits, HttpHandler handler);

    Result<std::uint16_t> listen(const std::string& address);
    void stop_accepting();

    /// Closes everything and leaves the loop; open replies are dropped from then on.
    void shut_down();

    void on_events(std::uint32_t events) override;
    bool on_turn_end() override;

    void reply(std::uint32_t slot, std::uint64_t exchange, int status, std::string response);
    void drop(std::uint32_t slot, std::uint64_t exchange, std::string_view last_bytes);

    /// For the connections.
    [[nodiscard]] Reactor& reactor() { return reactor_; }

    [[nodiscard]] const HttpLimits& limits() const { return limits_; }

    [[nodiscard]] bool is_draining() const { return is_draining_; }

    /// `Date: …` with line end.
    [[nodiscard]] std::string_view date_line() const { return date_line_; }

    void handle(const HttpRequest& request, std::uint32_t slot, std::uint64_t exchange);
    void serve_later(std::uint32_t slot);
    void count_reply(int status);
    void release(std::uint32_t slot);

    [[nodiscard]] std::size_t connection_count() const;
    [[nodiscard]] std::map<int, std::uint64_t> replies_by_status() const;

private:
    void accept_all();
    bool accept_one();
    void refuse_connection(int fd);
    void pause_accepting();
    void sweep();
    void renew_date();

    Reactor& reactor_;
    const HttpLimits limits_;
    const HttpHandler handler_;
    int listen_fd_ = -1;
    bool is_accepting_paused_ = false;
    bool is_draining_ = false;
    bool is_shut_down_ = false;
    Reactor::TimerId sweep_timer_ = 0;
    std::deque<HttpConnection> connections_;
    std::vector<std::uint32_t> free_slots_;
    std::vector<std::uint32_t> to_serve_;
    std::string date_line_;
    std::atomic<std::size_t> connection_count_ = 0;
    std::array<std::atomic<std::uint64_t>, 600> replies_{};
};

}  // namespace pagepress
