#include "common/http_server/http_connection.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <sys/socket.h>

#include "common/base/invariant.h"
#include "common/http_server/http_server_core.h"

namespace pagepress {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

/// How many requests of one client are served before others get their turn.
constexpr int kRequestsPerTurnMax = 16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

}  // namespace

void HttpConnection::open(tcp::socket socket) {
    INVARIANT(phase_ == Phase::kClosed);
    socket_ = std::move(socket);
    request_count_ = 0;
    is_readable_ = false;
    is_waiting_ = false;
    must_close_ = false;
    start_head();
    deadline_ = server_.now() + server_.limits().header_timeout;
    // A reset is noticed in any phase, also while the reply is due.
    wait_for(tcp::socket::wait_error, &HttpConnection::close);
    wait_for_bytes();
}

void HttpConnection::close() {
    if (phase_ == Phase::kClosed) return;
    error_code ignored;
    socket_->close(ignored);  // the destructor alone would undo the linger option of `drop`
    socket_.reset();
    phase_ = Phase::kClosed;
    ++client_;
    ++exchange_;
    release_buffer();
    std::string().swap(out_);
    used_ = 0;
    out_sent_ = 0;
    server_.release(slot_);
}

/// Calls `go_on` once the socket is ready, if it is still this client's.
void HttpConnection::wait_for(tcp::socket::wait_type readiness, void (HttpConnection::*go_on)()) {
    socket_->async_wait(
        readiness,
        [this, server = server_.shared_from_this(), client = client_, go_on](error_code error) {
            if (!error && client == client_) (this->*go_on)();
        }
    );
}

/// Readiness only: an asynchronous read would try, in vain, before it waits.
void HttpConnection::wait_for_bytes() {
    if (is_waiting_) return;
    is_waiting_ = true;
    wait_for(tcp::socket::wait_read, &HttpConnection::on_bytes);
}

void HttpConnection::on_bytes() {
    is_waiting_ = false;
    is_readable_ = true;
    if (phase_ == Phase::kLingering) {
        drain();
    } else {
        serve();
    }
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

/// Goes on with what is in the buffer or the socket.
void HttpConnection::serve() {
    int turns_left = kRequestsPerTurnMax;
    while (phase_ == Phase::kHead || phase_ == Phase::kBody) {
        if (advance()) {
            if (--turns_left == 0) {
                serve_later();
                return;
            }
        } else if (phase_ == Phase::kHead || phase_ == Phase::kBody) {
            if (!is_readable_) {
                wait_for_bytes();
                return;
            }
            receive();
        }
    }
}

void HttpConnection::serve_later() {
    asio::post(
        socket_->get_executor(),
        [this, server = server_.shared_from_this(), client = client_] {
            if (client == client_) serve();
        }
    );
}

/// Takes what the buffer holds. Returns whether a whole request was handled.
bool HttpConnection::advance() {
    if (phase_ == Phase::kHead && !take_head()) return false;
    return phase_ == Phase::kBody && take_body();
}

bool HttpConnection::take_head() {
    if (used_ == 0) return false;
    skip_empty_line();
    const std::string_view bytes(buffer_.data(), used_);
    const std::size_t end = bytes.find("\r\n\r\n", scanned_);
    const std::size_t head_bytes_max = server_.limits().header_bytes_max;
    if (end == std::string_view::npos ? used_ >= head_bytes_max : end + 4 > head_bytes_max) {
        refuse(431, "The request head is larger than is accepted.");
        return false;
    }
    if (end == std::string_view::npos) {
        if (has_bare_line_feed(bytes, scanned_)) {
            refuse(400, "The request is not valid HTTP/1.1.");
            return false;
        }
        scanned_ = used_ < 3 ? 0 : used_ - 3;
        return false;
    }
    head_bytes_ = end + 4;
    const std::string_view head = bytes.substr(0, head_bytes_);
    const HeadError parsed = parse_head(head, head_);
    const std::string_view target =
        parsed == HeadError::kNone ? origin_form(head_.target.in(head)) : std::string_view();
    return accept_head(judge_head(parsed, head, head_, server_.body_bytes_max(target)));
}

/// RFC 9112 §2.2. Only one: a client that sends nothing else would stay for ever.
void HttpConnection::skip_empty_line() {
    if (has_skipped_line_ || !std::string_view(buffer_.data(), used_).starts_with("\r\n")) return;
    has_skipped_line_ = true;
    consume(2);
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
    deadline_ = server_.now() + server_.limits().body_timeout;
    if (verdict.expects_continue && used_ == head_bytes_) {
        // A socket whose buffer cannot take 25 bytes is broken; the body then runs into its time.
        error_code ignored;
        socket_->write_some(asio::buffer(kContinue), ignored);
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

void HttpConnection::reply(std::string_view response) {
    INVARIANT(phase_ == Phase::kHandling);
    if (server_.is_draining()) must_close_ = true;
    send(response);
}

void HttpConnection::drop(std::string_view last_bytes) {
    INVARIANT(phase_ == Phase::kHandling);
    error_code ignored;
    if (last_bytes.empty()) {
        socket_->set_option(tcp::socket::linger(true, 0), ignored);
    } else {
        socket_->write_some(asio::buffer(last_bytes), ignored);
    }
    was_dropped_in_handler_ = is_in_handler_;  // the handler still looks at the buffer
    if (!is_in_handler_) close();
}

bool HttpConnection::has_client_left() {
    char next = 0;
    const ssize_t size = ::recv(socket_->native_handle(), &next, 1, MSG_PEEK | MSG_DONTWAIT);
    return size == 0 || (size < 0 && errno != EAGAIN && errno != EINTR);
}

}  // namespace pagepress
