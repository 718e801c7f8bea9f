// The bytes of a connection: from its socket into the buffer, and replies out to it.
#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include "common/base/invariant.h"
#include "common/http_server/http_connection.h"
#include "common/http_server/http_server_core.h"

namespace pagepress {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t kBufferBytes = 4 * 1024;
constexpr std::chrono::milliseconds kLingerTime{2'000};
constexpr std::string_view kCloseLine = "Connection: close\r\n";

}  // namespace

/// Reads once.
void HttpConnection::receive() {
    if (!make_room()) {
        refuse(503, "Too many large requests are being received; try again soon.");
        return;
    }
    const std::size_t room = buffer_.size() - used_;
    error_code error;
    const std::size_t size = socket_->read_some(asio::buffer(&buffer_[used_], room), error);
    if (error == asio::error::would_block) {
        is_readable_ = false;
    } else if (error) {
        close();
    } else {
        if (phase_ == Phase::kHead && used_ == 0) {
            deadline_ = server_.now() + server_.limits().header_timeout;
        }
        used_ += size;
        // A short read has most likely emptied the socket; if not, the wait ends at once.
        is_readable_ = size == room;
    }
}

/// Grows the buffer only as bytes arrive, never by what a client merely announces. False: all
/// connections together hold as much as they may.
bool HttpConnection::make_room() {
    if (buffer_.empty()) buffer_.resize(kBufferBytes);
    if (used_ < buffer_.size()) return true;
    const std::size_t wanted =
        phase_ == Phase::kBody ? head_bytes_ + body_bytes_ : server_.limits().header_bytes_max;
    INVARIANT(wanted > used_);
    const std::size_t size = std::min(std::max(wanted, kBufferBytes), 2 * buffer_.size());
    if (!server_.take_buffer(size - buffer_.size())) return false;
    buffer_.resize(size);
    return true;
}

void HttpConnection::release_buffer() {
    if (buffer_.size() > kBufferBytes) server_.give_back_buffer(buffer_.size() - kBufferBytes);
    std::vector<char>().swap(buffer_);
}

/// Throws away what a client goes on to send after its last reply.
void HttpConnection::drain() {
    std::array<char, 16 * 1024> discarded;
    error_code error;
    socket_->read_some(asio::buffer(discarded), error);
    if (error && error != asio::error::would_block) {
        close();
    } else {
        wait_for_bytes();
    }
}

void HttpConnection::consume(std::size_t size) {
    std::copy(
        buffer_.begin() + static_cast<std::ptrdiff_t>(size),
        buffer_.begin() + static_cast<std::ptrdiff_t>(used_),
        buffer_.begin()
    );
    used_ -= size;
    scanned_ = 0;
    if (used_ == 0 && buffer_.size() > kBufferBytes) release_buffer();
}

void HttpConnection::send(std::string_view text) {
    const std::size_t line_end = text.find("\r\n") + 2;
    if (is_head_request_) text = text.substr(0, text.find("\r\n\r\n", line_end - 2) + 4);
    const std::array parts{
        asio::buffer(text.substr(0, line_end)),
        asio::buffer(server_.date_line()),
        asio::buffer(must_close_ ? kCloseLine : std::string_view()),
        asio::buffer(text.substr(line_end)),
    };
    error_code error;
    std::size_t accepted = socket_->write_some(parts, error);
    if (error && error != asio::error::would_block) {
        must_close_ = true;
        on_sent();
        return;
    }
    out_.clear();
    out_sent_ = 0;
    for (const asio::const_buffer& part : parts) {
        const std::size_t skipped = std::min(accepted, part.size());
        accepted -= skipped;
        out_.append(static_cast<const char*>(part.data()) + skipped, part.size() - skipped);
    }
    if (out_.empty()) {
        on_sent();
    } else {
        phase_ = Phase::kSending;
        deadline_ = server_.now() + server_.limits().body_timeout;
        wait_for(tcp::socket::wait_write, &HttpConnection::flush);
    }
}

void HttpConnection::flush() {
    error_code error;
    out_sent_ += socket_->write_some(asio::buffer(out_) + out_sent_, error);
    if (error && error != asio::error::would_block) {
        close();
    } else if (out_sent_ < out_.size()) {
        wait_for(tcp::socket::wait_write, &HttpConnection::flush);
    } else {
        std::string().swap(out_);
        out_sent_ = 0;
        on_sent();
    }
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
    if (used_ > 0 || is_readable_) {
        serve_later();  // the caller may be in the middle of a loop over many replies
    } else {
        wait_for_bytes();
    }
}

void HttpConnection::start_head() {
    phase_ = Phase::kHead;
    scanned_ = 0;
    has_skipped_line_ = false;
    const HttpLimits& limits = server_.limits();
    deadline_ = server_.now() + (used_ > 0 ? limits.header_timeout : limits.idle_timeout);
}

/// RFC 9112 §9.6: closing at once could reset the connection before the client has read the reply.
void HttpConnection::linger() {
    phase_ = Phase::kLingering;
    deadline_ = server_.now() + kLingerTime;
    error_code ignored;
    socket_->shutdown(tcp::socket::shutdown_send, ignored);
    used_ = 0;
    release_buffer();
    wait_for_bytes();
}

}  // namespace pagepress
