// One thread with a poll loop. Bytes that have arrived wait in a queue for their time.
#include "tests/support/tcp_gate.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <deque>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/clock.h"
#include "common/base/invariant.h"
#include "common/base/mutex.h"
#include "common/base/wake_fd.h"

namespace pagepress::test {
namespace {

constexpr std::size_t kChunkBytes = 64 * 1024;
constexpr std::size_t kQueuedChunksMax = 64;
/// How long at most the loop sleeps while something waits for its time.
constexpr std::chrono::milliseconds kTurn{5};

sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
}

/// A descriptor of ours.
class Socket {
public:
    explicit Socket(int fd) : fd_(fd) {}

    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }

    [[nodiscard]] int get() const { return fd_; }

    /// Its end will be a reset.
    void reset_on_close() const {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

private:
    int fd_;
};

Socket make_socket() {
    Socket made(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    INVARIANT(made.get() >= 0);
    return made;
}

struct Chunk {
    SteadyTime due;
    std::vector<char> bytes;
    std::size_t sent = 0;
};

/// One direction of a connection.
struct Stream {
    int from;
    int to;
    bool is_limited;  ///< goes to the server
    std::deque<Chunk> waiting = {};
    bool has_ended = false;    ///< `from` has said all
    bool is_finished = false;  ///< and `to` has been told so
};

struct Link {
    Socket client;
    Socket server;
    Stream up;
    Stream down;
};

enum class Mode { kOpen, kHeld, kCut };

}  // namespace

class TcpGate::Forwarder {
public:
    explicit Forwarder(int target_port) : target_port_(target_port), listener_(make_socket()) {
        sockaddr_in address = loopback(0);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        INVARIANT(::bind(listener_.get(), any, size) == 0);
        INVARIANT(::listen(listener_.get(), 64) == 0);
        INVARIANT(::getsockname(listener_.get(), any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this] { run(); });
    }

    ~Forwarder() {
        is_stopping_ = true;
        wake_.wake();
        thread_.join();
    }

    void set_mode(Mode mode) {
        const MutexLock lock(mutex_);
        mode_ = mode;
        if (mode == Mode::kCut) drop_all();
        wake_.wake();
    }

    void set_delay(std::chrono::milliseconds delay) {
        const MutexLock lock(mutex_);
        delay_ = delay;
    }

    void set_rate(std::int64_t rate) {
        const MutexLock lock(mutex_);
        bytes_per_second_ = rate;
        passes_at_ = {};
    }

    [[nodiscard]] int port() const { return port_; }

    [[nodiscard]] std::size_t connection_count() const {
        const MutexLock lock(mutex_);
        return links_.size();
    }

private:
    void run() {
        while (!is_stopping_) {
            std::vector<pollfd> watched;
            watched.push_back({.fd = wake_.get(), .events = POLLIN, .revents = 0});
            watched.push_back({.fd = listener_.get(), .events = POLLIN, .revents = 0});
            bool is_something_due = false;
            {
                const MutexLock lock(mutex_);
                for (const Link& link : links_) watch(link, watched, is_something_due);
            }
            const int timeout = is_something_due ? static_cast<int>(kTurn.count()) : -1;
            INVARIANT(::poll(watched.data(), watched.size(), timeout) >= 0 || errno == EINTR);
            wake_.reset();
            const MutexLock lock(mutex_);
            if ((watched[1].revents & POLLIN) != 0) accept_one();
            if (mode_ == Mode::kOpen) forward_all();
        }
    }

    void watch(const Link& link, std::vector<pollfd>& watched, bool& is_something_due)
        REQUIRES(mutex_) {
        if (mode_ != Mode::kOpen) return;
        for (const Stream* stream : {&link.up, &link.down}) {
            if (!stream->has_ended && stream->waiting.size() < kQueuedChunksMax) {
                watched.push_back({.fd = stream->from, .events = POLLIN, .revents = 0});
            }
            if (!stream->waiting.empty()) is_something_due = true;
        }
    }

    void accept_one() REQUIRES(mutex_) {
        Socket client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (client.get() < 0) return;
        Socket server = make_socket();
        const sockaddr_in target = loopback(target_port_);
        const bool is_reachable =
            mode_ != Mode::kCut &&
            ::connect(server.get(), reinterpret_cast<const sockaddr*>(&target), sizeof target) == 0;
        if (!is_reachable) {
            client.reset_on_close();
            return;
        }
        for (const Socket* socket : {&client, &server}) {
            const int on = 1;
            ::setsockopt(socket->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        }
        const int c = client.get();
        const int s = server.get();
        links_.push_back(
            {.client = std::move(client),
             .server = std::move(server),
             .up = {.from = c, .to = s, .is_limited = true},
             .down = {.from = s, .to = c, .is_limited = false}}
        );
    }

    void forward_all() REQUIRES(mutex_) {
        std::erase_if(links_, [this](Link& link) REQUIRES(mutex_) {
            if (!forward(link.up) || !forward(link.down)) {
                link.client.reset_on_close();
                link.server.reset_on_close();
                return true;
            }
            return link.up.is_finished && link.down.is_finished;
        });
    }

    /// False: one of the two is gone.
    bool forward(Stream& stream) REQUIRES(mutex_) {
        const SteadyTime now = clock_.steady_now();
        if (!stream.has_ended && stream.waiting.size() < kQueuedChunksMax && !take(stream, now)) {
            return false;
        }
        const bool is_limited = bytes_per_second_ > 0 && stream.is_limited;
        while (!stream.waiting.empty() && stream.waiting.front().due <= now) {
            if (is_limited && passes_at_ > now) return true;
            Chunk& chunk = stream.waiting.front();
            const ssize_t sent = ::send(
                stream.to,
                chunk.bytes.data() + chunk.sent,
                next_size(chunk, is_limited),
                MSG_NOSIGNAL | MSG_DONTWAIT
            );
            if (sent < 0) return errno == EAGAIN;
            if (is_limited) charge(sent, now);
            chunk.sent += static_cast<std::size_t>(sent);
            if (chunk.sent == chunk.bytes.size()) stream.waiting.pop_front();
        }
        if (stream.has_ended && stream.waiting.empty() && !stream.is_finished) {
            stream.is_finished = true;
            ::shutdown(stream.to, SHUT_WR);
        }
        return true;
    }

    /// Reads what has come. False: the peer has reset the connection.
    bool take(Stream& stream, SteadyTime now) REQUIRES(mutex_) {
        std::array<char, kChunkBytes> buffer;
        const ssize_t size = ::recv(stream.from, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0) return errno == EAGAIN;
        if (size == 0) {
            stream.has_ended = true;
        } else {
            stream.waiting.push_back(
                {.due = now + delay_, .bytes = {buffer.data(), buffer.data() + size}}
            );
        }
        return true;
    }

    /// Under a limit, what passes in one turn.
    [[nodiscard]] std::size_t next_size(const Chunk& chunk, bool is_limited) const
        REQUIRES(mutex_) {
        const std::size_t rest = chunk.bytes.size() - chunk.sent;
        if (!is_limited) return rest;
        const auto a_turn = static_cast<std::size_t>(bytes_per_second_ * kTurn.count() / 1'000);
        return std::clamp<std::size_t>(a_turn, 1, rest);
    }

    void charge(ssize_t bytes, SteadyTime now) REQUIRES(mutex_) {
        const std::chrono::nanoseconds cost(bytes * 1'000'000'000 / bytes_per_second_);
        // What was not used for a while is not saved up, but for a turn that came late.
        passes_at_ = std::max(passes_at_, now - 4 * kTurn) + cost;
    }

    void drop_all() REQUIRES(mutex_) {
        for (const Link& link : links_) {
            link.client.reset_on_close();
            link.server.reset_on_close();
        }
        links_.clear();
    }

    const int target_port_;
    const SystemClock clock_{};
    const Socket listener_;
    const WakeFd wake_{};
    int port_ = 0;
    std::atomic<bool> is_stopping_ = false;
    mutable Mutex mutex_;
    Mode mode_ GUARDED_BY(mutex_) = Mode::kOpen;
    std::chrono::milliseconds delay_ GUARDED_BY(mutex_){};
    std::int64_t bytes_per_second_ GUARDED_BY(mutex_) = 0;
    SteadyTime passes_at_ GUARDED_BY(mutex_){};  ///< when the limit lets the next bytes pass
    std::deque<Link> links_ GUARDED_BY(mutex_);
    std::thread thread_;  // last: it uses the other members
};

TcpGate::TcpGate(int target_port) : forwarder_(std::make_unique<Forwarder>(target_port)) {}

TcpGate::~TcpGate() = default;

int TcpGate::port() const {
    return forwarder_->port();
}

void TcpGate::cut() {
    forwarder_->set_mode(Mode::kCut);
}

void TcpGate::hold() {
    forwarder_->set_mode(Mode::kHeld);
}

void TcpGate::open() {
    forwarder_->set_mode(Mode::kOpen);
}

void TcpGate::set_delay(std::chrono::milliseconds delay) {
    forwarder_->set_delay(delay);
}

void TcpGate::set_bytes_per_second(std::int64_t rate) {
    forwarder_->set_rate(rate);
}

std::size_t TcpGate::connection_count() const {
    return forwarder_->connection_count();
}

}  // namespace pagepress::test
