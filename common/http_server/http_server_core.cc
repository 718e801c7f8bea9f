#include "common/http_server/http_server_core.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/invariant.h"

namespace pagepress {

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

/// A listening socket, or -1 with `errno` set.
int open_listener(const addrinfo& where) {
    const int fd = ::socket(where.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) return -1;
    const int on = 1;
    const bool is_ready = ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
                          ::setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) == 0 &&
                          ::bind(fd, where.ai_addr, where.ai_addrlen) == 0 &&
                          ::listen(fd, kBacklog) == 0;
    if (is_ready) return fd;
    const int error = errno;
    ::close(fd);
    errno = error;
    return -1;
}

std::uint16_t port_of(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    INVARIANT(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
    in_port_t port = 0;
    if (address.ss_family == AF_INET6) {
        port = reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port;
    } else {
        port = reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
    }
    return ntohs(port);
}

/// How often time limits are looked at: a quarter of the shortest, within [10, 250] ms.
std::chrono::milliseconds sweep_period(const HttpLimits& limits) {
    const auto shortest =
        std::min({limits.header_timeout, limits.body_timeout, limits.idle_timeout});
    return std::clamp(shortest / 4, std::chrono::milliseconds(10), std::chrono::milliseconds(250));
}

}  // namespace

HttpServerCore::HttpServerCore(Reactor& reactor, const HttpLimits& limits, HttpHandler handler)
    : reactor_(reactor), limits_(limits), handler_(std::move(handler)) {
    renew_date();
    reactor_.add_turn_end(*this);
    sweep_timer_ = reactor_.every(sweep_period(limits), [this] { sweep(); });
}

Result<std::uint16_t> HttpServerCore::listen(const std::string& address) {
    INVARIANT(listen_fd_ < 0);
    const HostAndPort parts = split_address(address);
    if (parts.host.empty() || parts.port.empty()) return listen_failure(address, "not host:port");
    addrinfo hints{};
    hints.ai_family = AF_UNSPEC;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    const int error = ::getaddrinfo(parts.host.c_str(), parts.port.c_str(), &hints, &found);
    if (error != 0) return listen_failure(address, ::gai_strerror(error));
    const int fd = open_listener(*found);
    const int open_error = errno;
    ::freeaddrinfo(found);
    if (fd < 0) return listen_failure(address, std::strerror(open_error));
    listen_fd_ = fd;
    reactor_.add(fd, EPOLLIN, *this);
    return port_of(fd);
}

void HttpServerCore::stop_accepting() {
    is_draining_ = true;
    if (listen_fd_ < 0) return;
    // Who is in the backlog already has connected; closing now would reset them.
    accept_all();
    if (!is_accepting_paused_) reactor_.remove(listen_fd_);
    ::close(listen_fd_);
    listen_fd_ = -1;
}

void HttpServerCore::shut_down() {
    is_shut_down_ = true;
    if (listen_fd_ >= 0) {
        ::close(listen_fd_);
        listen_fd_ = -1;
    }
    for (HttpConnection& connection : connections_) connection.close();
    reactor_.cancel(sweep_timer_);
    reactor_.remove_turn_end(*this);
}

void HttpServerCore::on_events(std::uint32_t /*events*/) {
    if (listen_fd_ >= 0) accept_all();
}

void HttpServerCore::accept_all() {
    constexpr int kPerTurnMax = 256;
    for (int i = 0; i < kPerTurnMax && accept_one(); ++i) {
    }
}

bool HttpServerCore::accept_one() {
    const int fd = ::accept4(listen_fd_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            pause_accepting();
            return false;
        }
        return errno == EINTR || errno == ECONNABORTED;
    }
    if (connection_count() >= limits_.connections_max) {
        refuse_connection(fd);
        return true;
    }
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (free_slots_.empty()) {
        const auto slot = static_cast<std::uint32_t>(connections_.size());
        connections_.emplace_back(*this, slot);
        free_slots_.push_back(slot);
    }
    const std::uint32_t slot = free_slots_.back();
    free_slots_.pop_back();
    connection_count_.fetch_add(1, std::memory_order_relaxed);
    connections_[slot].open(fd);
    return true;
}

void HttpServerCore::refuse_connection(int fd) {
    HttpReply reply = problem_reply(503, "Too many connections; try again soon.");
    reply.headers.push_back({.name = "Retry-After", .value = "1"});
    reply.headers.push_back({.name = "Connection", .value = "close"});
    const std::string text = format_reply(reply);
    [[maybe_unused]] const ssize_t sent = ::send(fd, text.data(), text.size(), MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    ::close(fd);
    count_reply(503);
}

/// Out of descriptors: the backlog would wake the loop for ever, so the next sweep tries again.
void HttpServerCore::pause_accepting() {
    if (is_accepting_paused_) return;
    reactor_.remove(listen_fd_);
    is_accepting_paused_ = true;
}

void HttpServerCore::sweep() {
    renew_date();
    if (is_accepting_paused_ && listen_fd_ >= 0) {
        is_accepting_paused_ = false;
        reactor_.add(listen_fd_, EPOLLIN, *this);
    }
    for (HttpConnection& connection : connections_) connection.sweep(reactor_.now());
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

void HttpServerCore::serve_later(std::uint32_t slot) {
    to_serve_.push_back(slot);
}

bool HttpServerCore::on_turn_end() {
    std::vector<std::uint32_t> slots;
    slots.swap(to_serve_);
    for (const std::uint32_t slot : slots) connections_[slot].serve();
    if (to_serve_.empty()) {
        slots.clear();
        to_serve_.swap(slots);  // keeps the memory
    }
    return !to_serve_.empty();
}

void HttpServerCore::handle(
    const HttpRequest& request, std::uint32_t slot, std::uint64_t exchange
) {
    handler_(request, Responder(shared_from_this(), slot, exchange));
}

void HttpServerCore::reply(
    std::uint32_t slot, std::uint64_t exchange, int status, std::string response
) {
    if (is_shut_down_ || !connections_[slot].awaits_reply(exchange)) return;
    count_reply(status);
    connections_[slot].reply(std::move(response));
}

void HttpServerCore::drop(std::uint32_t slot, std::uint64_t exchange, std::string_view last_bytes) {
    if (is_shut_down_ || !connections_[slot].awaits_reply(exchange)) return;
    connections_[slot].drop(last_bytes);
}

void HttpServerCore::count_reply(int status) {
    auto& counter = replies_[static_cast<std::size_t>(std::clamp(status, 0, 599))];
    // Only the loop thread writes, so that no locked instruction is needed.
    counter.store(counter.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
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
