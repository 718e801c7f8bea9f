#include "common/http_server/http_server_core.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <sys/socket.h>

#include "common/base/invariant.h"

namespace pagepress {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr int kBacklog = 4096;

struct HostAndPort {
    std::string host;
    std::string port;
};

HostAndPort split_address(const std::string& address) {
    const std::size_t colon = address.rfind(':');
    if (colon == std::string::npos) return {};
    std::string host = address.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    return {.host = std::move(host), .port = address.substr(colon + 1)};
}

std::unexpected<Error> listen_failure(const std::string& address, std::string_view reason) {
    return fail(
        ErrorCode::kInvalidInput,
        "cannot listen on '" + address + "': " + std::string(reason) + "; choose another host:port"
    );
}

/// Throws boost::system::system_error.
tcp::acceptor open_acceptor(asio::io_context& context, const HostAndPort& address) {
    const auto found = tcp::resolver(context).resolve(
        address.host, address.port, tcp::resolver::passive | tcp::resolver::numeric_service
    );
    const tcp::endpoint where = found.begin()->endpoint();
    tcp::acceptor acceptor(context, where.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    const int on = 1;
    INVARIANT(
        ::setsockopt(acceptor.native_handle(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0
    );
    acceptor.bind(where);
    acceptor.listen(kBacklog);
    acceptor.non_blocking(true);
    return acceptor;
}

/// How often time limits are looked at: a quarter of the shortest, within [10, 250] ms.
std::chrono::milliseconds sweep_period(const HttpLimits& limits) {
    const auto shortest =
        std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace

HttpServerCore::HttpServerCore(
    asio::io_context& context, const HttpLimits& limits, HttpHandler handler
)
    : context_(context), limits_(limits), handler_(std::move(handler)) {}

Result<std::uint16_t> HttpServerCore::listen(const std::string& address) {
    INVARIANT(!acceptor_);
    const HostAndPort parts = split_address(address);
    if (parts.host.empty() || parts.port.empty()) return listen_failure(address, "not host:port");
    try {
        acceptor_ = open_acceptor(context_, parts);
        wait_for_clients();
        sweep_timer_.emplace(context_);
        sweep();
        return acceptor_->local_endpoint().port();
    } catch (const boost::system::system_error& error) {
        return listen_failure(address, error.code().message());
    }
}

void HttpServerCore::stop_accepting() {
    is_draining_ = true;
    if (!acceptor_) return;
    // Who is in the backlog already has connected; closing now would reset them.
    accept_all();
    acceptor_.reset();
}

void HttpServerCore::shut_down() {
    is_shut_down_ = true;
    acceptor_.reset();
    sweep_timer_.reset();
    for (HttpConnection& connection : connections_) connection.close();
}

void HttpServerCore::wait_for_clients() {
    acceptor_->async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](error_code error) {
        if (error || !self->acceptor_) return;
        self->accept_all();
        if (!self->is_accepting_paused_) self->wait_for_clients();
    });
}

void HttpServerCore::accept_all() {
    constexpr int kPerTurnMax = 256;
    for (int i = 0; i < kPerTurnMax && accept_one(); ++i) {
    }
}

bool HttpServerCore::accept_one() {
    error_code error;
    tcp::socket client = acceptor_->accept(error);
    if (error) {
        // Out of descriptors: the backlog would wake the loop for ever, so the next sweep tries
        // again.
        is_accepting_paused_ = error != asio::error::would_block;
        return false;
    }
    client.non_blocking(true, error);
    if (connection_count() >= limits_.connections_max) {
        refuse_connection(std::move(client));
        return true;
    }
    client.set_option(tcp::no_delay(true), error);
    if (free_slots_.empty()) {
        const auto slot = static_cast<std::uint32_t>(connections_.size());
        connections_.emplace_back(*this, slot);
        free_slots_.push_back(slot);
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    connection_count_.fetch_add(1, std::memory_order_relaxed);
    connections_[slot].open(std::move(client));
    return true;
}

void HttpServerCore::refuse_connection(tcp::socket client) {
    HttpReply reply = problem_reply(503, "Too many connections; try again soon.");
    reply.headers.push_back({.name = "Retry-After", .value = "1"});
    reply.headers.push_back({.name = "Connection", .value = "close"});
    error_code ignored;
    client.write_some(asio::buffer(format_reply(reply)), ignored);
    // What is left unread turns the close into a reset, which may overtake the reply.
    std::array<char, 16 * 1024> discarded;
    client.read_some(asio::buffer(discarded), ignored);
    client.shutdown(tcp::socket::shutdown_send, ignored);
    count_reply(503);
}

void HttpServerCore::sweep() {
    renew_date();
    if (is_accepting_paused_ && acceptor_) {
        is_accepting_paused_ = false;
        wait_for_clients();
    }
    for (HttpConnection& connection : connections_) connection.sweep(now());
    sweep_timer_->expires_after(sweep_period(limits_));
    sweep_timer_->async_wait([self = shared_from_this()](error_code error) {
        if (!error && self->sweep_timer_) self->sweep();
    });
}

void HttpServerCore::renew_date() {
    const std::time_t now = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&now, &parts);
    std::array<char, 64> text;
    const std::size_t size =
        std::strftime(text.data(), text.size(), "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
    date_line_.assign(text.data(), size);
}

std::size_t HttpServerCore::body_bytes_max(std::string_view target) const {
    for (const BodyLimit& limit : limits_.body_limits) {
        if (target.starts_with(limit.path_prefix)) return limit.bytes_max;
    }
    return limits_.body_bytes_max;
}

void HttpServerCore::handle(
    const HttpRequest& request, std::uint32_t slot, std::uint64_t exchange
) {
    handler_(request, Responder(shared_from_this(), slot, exchange));
}

void HttpServerCore::reply(
    std::uint32_t slot, std::uint64_t exchange, int status, std::string_view response
) {
    if (is_shut_down_ || !connections_[slot].awaits_reply(exchange)) return;
    count_reply(status);
    connections_[slot].reply(response);
}

void HttpServerCore::drop(std::uint32_t slot, std::uint64_t exchange, std::string_view last_bytes) {
    if (is_shut_down_ || !connections_[slot].awaits_reply(exchange)) return;
    connections_[slot].drop(last_bytes);
}

bool HttpServerCore::has_client_left(std::uint32_t slot, std::uint64_t exchange) {
    return is_shut_down_ || !connections_[slot].awaits_reply(exchange) ||
           connections_[slot].has_client_left();
}

void HttpServerCore::count_reply(int status) {
    auto& counter = replies_[static_cast<std::size_t>(std::clamp(status, 0, 599))];
    // Only the loop thread writes, so that no locked instruction is needed.
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
}

bool HttpServerCore::take_buffer(std::size_t bytes) {
    if (buffer_bytes_ + bytes > limits_.buffer_bytes_max) return false;
    buffer_bytes_ += bytes;
    return true;
}

void HttpServerCore::release(std::uint32_t slot) {
    free_slots_.push_back(slot);
    connection_count_.fetch_sub(1, std::memory_order_relaxed);
}

std::size_t HttpServerCore::connection_count() const {
    return connection_count_.load(std::memory_order_relaxed);
}

std::map<int, std::uint64_t> HttpServerCore::replies_by_status() const {
    std::map<int, std::uint64_t> counts;
    for (std::size_t status = 0; status < replies_.size(); ++status) {
        const std::uint64_t count = replies_[status].load(std::memory_order_relaxed);
        if (count > 0) counts.emplace(static_cast<int>(status), count);
    }
    return counts;
}

}  // namespace pagepress
