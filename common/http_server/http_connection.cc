#include "common/http_server/http_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "common/base/invariant.h"
#include "common/http_server/http_server_core.h"

namespace pagepress {

namespace {

constexpr std::size_t kBufferBytes = 4 * 1024;
/// How many requests of one client are served before others get their turn.
constexpr int kRequestsPerTurnMax = 16;
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr std::string_view kCloseLine = "Connection: close\r\n";

/// `target` without the `http://authority` of absolute-form (RFC 9112 §3.2.2).
std::string_view origin_form(std::string_view target) {
    if (target.starts_with('/')) return target;
    const std::size_t authority = target.find("//") + 2;
    const std::size_t path = target.find_first_of("/?", authority);
    return path == std::string_view::npos ? std::string_view("/") : target.substr(path);
}

iovec iovec_of(std::string_view text) {
    return {.iov_base = const_cast<char*>(text.data()), .iov_len = text.size()};
}

}  // namespace

void HttpConnection::open(int fd) {
    INVARIANT(phase_ == Phase::kClosed);
    fd_ = fd;
    request_count_ = 0;
    is_readable_ = false;
    is_peer_finished_ = false;
    must_close_ = false;
    phase_ = Phase::kHead;
    start_head();
    deadline_ = server_.reactor().now() + server_.limits().header_timeout;
    server_.reactor().add(fd, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, *this);
}

void HttpConnection::close() {
    if (phase_ == Phase::kClosed) return;
    ::close(fd_);  // which also removes it from the epoll set: the descriptor is never duplicated
    fd_ = -1;
    phase_ = Phase::kClosed;
    ++exchange_;
    std::vector<char>().swap(buffer_);
    std::string().swap(out_);
    used_ = 0;
    out_sent_ = 0;
    server_.release(slot_);
}

void HttpConnection::on_events(std::uint32_t events) {
    if (phase_ == Phase::kClosed) return;
    if ((events & (EPOLLERR | EPOLLHUP)) != 0) {
        if (!is_in_handler_) close();
        return;
    }
    if ((events & EPOLLRDHUP) != 0) is_peer_finished_ = true;
    if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) is_readable_ = true;
    if ((events & EPOLLOUT) != 0 && phase_ == Phase::kSending) flush();
    serve();
}

void HttpConnection::sweep(SteadyTime now) {
    if (phase_ == Phase::kClosed || phase_ == Phase::kHandling || now < deadline_) return;
    const bool is_mid_request = phase_ == Phase::kBody || (phase_ == Phase::kHead && used_ > 0);
    if (is_mid_request) {
        refuse(408, "The request did not arrive in time.");
    } else {
        close();
    }
}

void HttpConnection::serve() {
    int turns_left = kRequestsPerTurnMax;
    while (phase_ == Phase::kHead || phase_ == Phase::kBody) {
        if (advance()) {
            if (--turns_left == 0) {
                server_.serve_later(slot_);
                return;
            }
        } else if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
            if (!is_readable_ || !receive()) return;
        }
    }
    if (phase_ == Phase::kLingering && is_readable_) drain();
}

/// Takes what the buffer holds. Returns whether a whole request was handled.
bool HttpConnection::advance() {
    if (phase_ == Phase::kHead && !take_head()) return false;
    return phase_ == Phase::kBody && take_body();
}

bool HttpConnection::take_head() {
    if (used_ == 0) return false;
    // RFC 9112 §2.2: empty lines before a request line are skipped.
    std::size_t empty = 0;
    while (empty + 1 < used_ && buffer_[empty] == '\r' && buffer_[empty + 1] == '\n') empty += 2;
    if (empty > 0) consume(empty);

    const std::string_view bytes(buffer_.data(), used_);
    const std::size_t end = bytes.find("\r\n\r\n", scanned_);
    const std::size_t head_bytes_max = server_.limits().header_bytes_max;
    if (end == std::string_view::npos ? used_ >= head_bytes_max : end + 4 > head_bytes_max) {
        refuse(431, "The request head is larger than is accepted.");
        return false;
    }
    if (end == std::string_view::npos) {
        scanned_ = used_ < 3 ? 0 : used_ - 3;
        return false;
    }
    head_bytes_ = end + 4;
    const std::string_view head = bytes.substr(0, head_bytes_);
    const HeadError parsed = parse_head(head, head_);
    return accept_head(judge_head(parsed, head, head_, server_.limits().body_bytes_max));
}

bool HttpConnection::accept_head(const HeadVerdict& verdict) {
    if (verdict.refusal != 0) {
        refuse(verdict.refusal, verdict.detail);
        return false;
    }
    body_bytes_ = verdict.body_bytes;
    must_close_ = !verdict.keep_alive || server_.is_draining() ||
                  ++request_count_ >= server_.limits().requests_per_connection_max;
    is_head_request_ = head_.method.in({buffer_.data(), head_bytes_}) == "HEAD";
    phase_ = Phase::kBody;
    if (used_ >= head_bytes_ + body_bytes_) return true;
    deadline_ = server_.reactor().now() + server_.limits().body_timeout;
    if (verdict.expects_continue && used_ == head_bytes_) {
        // A socket whose buffer cannot take 25 bytes is broken; the body then runs into its time.
        [[maybe_unused]] const ssize_t sent =
            ::send(fd_, kContinue.data(), kContinue.size(), MSG_NOSIGNAL);
    }
    return true;
}

bool HttpConnection::take_body() {
    if (used_ < head_bytes_ + body_bytes_) return false;
    handle();
    return true;
}

void HttpConnection::handle() {
    phase_ = Phase::kHandling;
    const std::string_view head(buffer_.data(), head_bytes_);
    const std::string_view target = origin_form(head_.target.in(head));
    const std::size_t question = target.find('?');
    const BoundHead bound{.bytes = head, .head = &head_};
    const HttpRequest request{
        .method = head_.method.in(head),
        .target = target,
        .path = target.substr(0, question),
        .query =
            question == std::string_view::npos ? std::string_view() : target.substr(question + 1),
        .body = {buffer_.data() + head_bytes_, body_bytes_},
        .message = &bound,
    };
    is_in_handler_ = true;
    was_sent_in_handler_ = false;
    was_dropped_in_handler_ = false;
    server_.handle(request, slot_, exchange_);
    is_in_handler_ = false;
    if (was_dropped_in_handler_) {
        close();
        return;
    }
    consume(head_bytes_ + body_bytes_);
    if (was_sent_in_handler_) end_exchange();
}

void HttpConnection::refuse(int status, std::string_view detail) {
    must_close_ = true;
    is_head_request_ = false;
    phase_ = Phase::kHandling;
    server_.count_reply(status);
    send(format_reply(problem_reply(status, detail)));
}

void HttpConnection::reply(std::string response) {
    INVARIANT(phase_ == Phase::kHandling);
    if (server_.is_draining()) must_close_ = true;
    send(std::move(response));
}

void HttpConnection::drop(std::string_view last_bytes) {
    INVARIANT(phase_ == Phase::kHandling);
    if (last_bytes.empty()) {
        const struct linger reset { .l_onoff = 1, .l_linger = 0 };

        ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
    } else {
        [[maybe_unused]] const ssize_t sent =
            ::send(fd_, last_bytes.data(), last_bytes.size(), MSG_NOSIGNAL);
    }
    was_dropped_in_handler_ = is_in_handler_;  // the handler still looks at the buffer
    if (!is_in_handler_) close();
}

/// Reads once. Returns whether there may be something new in the buffer.
bool HttpConnection::receive() {
    make_room();
    const std::size_t room = buffer_.size() - used_;
    const ssize_t size = ::recv(fd_, buffer_.data() + used_, room, 0);
    if (size > 0) {
        if (phase_ == Phase::kHead && used_ == 0) {
            deadline_ = server_.reactor().now() + server_.limits().header_timeout;
        }
        used_ += static_cast<std::size_t>(size);
        // epoll(7): a short read has emptied a stream socket, but the end of the stream comes
        // after.
        if (static_cast<std::size_t>(size) < room && !is_peer_finished_) is_readable_ = false;
        return true;
    }
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        is_readable_ = false;
    } else if (size == 0 || errno != EINTR) {
        close();
    } else {
        return true;
    }
    return false;
}

/// Grows the buffer only as bytes arrive, never by what a client merely announces.
void HttpConnection::make_room() {
    if (buffer_.empty()) buffer_.resize(kBufferBytes);
    if (used_ < buffer_.size()) return;
    const std::size_t wanted =
        phase_ == Phase::kBody ? head_bytes_ + body_bytes_ : server_.limits().header_bytes_max;
    INVARIANT(wanted > used_);
    buffer_.resize(std::min(std::max(wanted, kBufferBytes), 2 * buffer_.size()));
}

/// Throws away what a client goes on to send after its last reply.
void HttpConnection::drain() {
    std::array<char, 16 * 1024> discarded;
    for (int i = 0; i < kRequestsPerTurnMax; ++i) {
        const ssize_t size = ::recv(fd_, discarded.data(), discarded.size(), 0);
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
            is_readable_ = false;
            return;
        }
        if (size == 0 || (size < 0 && errno != EINTR)) {
            close();
            return;
        }
    }
    server_.serve_later(slot_);
}

void HttpConnection::consume(std::size_t size) {
    std::copy(
        buffer_.begin() + static_cast<std::ptrdiff_t>(size),
        buffer_.begin() + static_cast<std::ptrdiff_t>(used_),
        buffer_.begin()
    );
    used_ -= size;
    scanned_ = 0;
    if (used_ == 0 && buffer_.size() > kBufferBytes) std::vector<char>().swap(buffer_);
}

void HttpConnection::send(std::string response) {
    const std::string_view text(response);
    const std::size_t line_end = text.find("\r\n") + 2;
    const std::size_t head_end = text.find("\r\n\r\n", line_end - 2) + 4;
    const std::string_view rest =
        text.substr(line_end, is_head_request_ ? head_end - line_end : std::string_view::npos);
    std::array parts{
        iovec_of(text.substr(0, line_end)),
        iovec_of(server_.date_line()),
        iovec_of(must_close_ ? kCloseLine : std::string_view()),
        iovec_of(rest),
    };
    msghdr message{};
    message.msg_iov = parts.data();
    message.msg_iovlen = parts.size();
    const ssize_t sent = ::sendmsg(fd_, &message, MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) {
        is_peer_finished_ = must_close_ = true;
        on_sent();
        return;
    }
    out_.clear();
    out_sent_ = 0;
    std::size_t accepted = sent < 0 ? 0 : static_cast<std::size_t>(sent);
    for (const iovec& part : parts) {
        const std::size_t skipped = std::min(accepted, part.iov_len);
        accepted -= skipped;
        if (skipped == part.iov_len) continue;
        out_.append(static_cast<const char*>(part.iov_base) + skipped, part.iov_len - skipped);
    }
    if (out_.empty()) {
        on_sent();
    } else {
        phase_ = Phase::kSending;
        deadline_ = server_.reactor().now() + server_.limits().body_timeout;
    }
}

void HttpConnection::flush() {
    while (out_sent_ < out_.size()) {
        const ssize_t sent =
            ::send(fd_, out_.data() + out_sent_, out_.size() - out_sent_, MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
        if (sent < 0) {
            close();
            return;
        }
        out_sent_ += static_cast<std::size_t>(sent);
    }
    std::string().swap(out_);
    out_sent_ = 0;
    on_sent();
}

void HttpConnection::on_sent() {
    if (is_in_handler_) {
        was_sent_in_handler_ = true;  // the handler still looks at the buffer
    } else {
        end_exchange();
    }
}

void HttpConnection::end_exchange() {
    ++exchange_;
    if (must_close_) {
        linger();
        return;
    }
    start_head();
    // Not from here: the caller may be in the middle of a loop over many replies.
    if (used_ > 0 || is_readable_) server_.serve_later(slot_);
}

void HttpConnection::start_head() {
    phase_ = Phase::kHead;
    scanned_ = 0;
    const HttpLimits& limits = server_.limits();
    deadline_ = server_.reactor().now() + (used_ > 0 ? limits.header_timeout : limits.idle_timeout);
}

/// RFC 9112 §9.6: closing at once could reset the connection before the client has read the reply.
void HttpConnection::linger() {
    phase_ = Phase::kLingering;
    deadline_ = server_.reactor().now() + kLingerTime;
    ::shutdown(fd_, SHUT_WR);
    used_ = 0;
    is_readable_ = true;
    server_.serve_later(slot_);
}

}  // namespace pagepress
