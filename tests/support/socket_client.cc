#include "tests/support/socket_client.h"

#include <array>
#include <cstdlib>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/invariant.h"

namespace pagepress::test {

std::string RawResponse::header(std::string_view name) const {
    const std::string start = "\r\n" + std::string(name) + ": ";
    const std::size_t at = head.find(start);
    if (at == std::string::npos) return {};
    const std::size_t value = at + start.size();
    return head.substr(value, head.find("\r\n", value) - value);
}

SocketClient::SocketClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    INVARIANT(fd_ >= 0);
    const timeval limit{.tv_sec = 20, .tv_usec = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    INVARIANT(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
}

SocketClient::~SocketClient() {
    if (fd_ >= 0) ::close(fd_);
}

void SocketClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;  // the server has closed; what it answered shows in `receive`
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void SocketClient::finish_sending() {
    ::shutdown(fd_, SHUT_WR);
}

void SocketClient::reset() {
    const linger at_once{.l_onoff = 1, .l_linger = 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    ::close(fd_);
    fd_ = -1;
}

bool SocketClient::receive_some() {
    std::array<char, 16 * 1024> bytes;
    const ssize_t size = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (size <= 0) return false;
    received_.append(bytes.data(), static_cast<std::size_t>(size));
    return true;
}

RawResponse SocketClient::receive() {
    std::size_t head_end = received_.find("\r\n\r\n");
    while (head_end == std::string::npos) {
        if (!receive_some()) return {};
        head_end = received_.find("\r\n\r\n");
    }
    RawResponse response{.head = received_.substr(0, head_end), .body = {}};
    response.status = std::atoi(response.head.c_str() + sizeof "HTTP/1.1");
    const std::size_t length =
        std::strtoull(response.header("Content-Length").c_str(), nullptr, 10);
    while (received_.size() < head_end + 4 + length) {
        if (!receive_some()) return {};
    }
    response.body = received_.substr(head_end + 4, length);
    received_.erase(0, head_end + 4 + length);
    return response;
}

RawResponse SocketClient::exchange(std::string_view bytes) {
    send(bytes);
    return receive();
}

std::string SocketClient::receive_all() {
    while (receive_some()) {
    }
    return std::exchange(received_, {});
}

bool SocketClient::has_received_anything() {
    char byte = 0;
    return !received_.empty() || ::recv(fd_, &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

bool SocketClient::is_closed_by_server() {
    char byte = 0;
    return ::recv(fd_, &byte, 1, 0) == 0;
}

}  // namespace pagepress::test
