// A server of raw bytes on a loopback port: each connection follows a script of the test.
#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/catch.h"

namespace pagepress::test {

/// One accepted connection, as a script sees it.
class Connection {
public:
    explicit Connection(int socket) : socket_(socket) {}

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() { ::close(socket_); }

    /// A whole request: head and as much body as Content-Length says. Empty at end of stream.
    std::string read_request() {
        std::string bytes;
        while (true) {
            const auto head_end = bytes.find("\r\n\r\n");
            if (head_end != std::string::npos && bytes.size() >= head_end + 4 + body_bytes(bytes)) {
                return bytes;
            }
            char buffer[4096];
            const auto count = ::recv(socket_, buffer, sizeof buffer, 0);
            if (count <= 0) return {};
            bytes.append(buffer, static_cast<std::size_t>(count));
        }
    }

    void write(std::string_view bytes) const {
        while (!bytes.empty()) {
            const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
            if (count <= 0) return;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
    }

    /// Ends the connection with a reset instead of an orderly end.
    void reset_on_close() const {
        const linger now{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(socket_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    }

    /// Blocks until the peer has ended the connection.
    void wait_for_end() const {
        char buffer[4096];
        while (::recv(socket_, buffer, sizeof buffer, 0) > 0) continue;
    }

private:
    static std::size_t body_bytes(const std::string& request) {
        const auto name = request.find("Content-Length: ");
        return name == std::string::npos ? 0 : std::stoul(request.substr(name + 16));
    }

    int socket_;
};

/// Serves each connection with the next script, in a thread of its own, on a free loopback port.
class SocketServer {
public:
    using Script = std::function<void(Connection&)>;

    explicit SocketServer(std::vector<Script> scripts)
        : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        REQUIRE(::bind(listener_, any, size) == 0);
        REQUIRE(::listen(listener_, 8) == 0);
        REQUIRE(::getsockname(listener_, any, &size) == 0);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, todo = std::move(scripts)] { serve(todo); });
    }

    ~SocketServer() {
        ::shutdown(listener_, SHUT_RDWR);
        thread_.join();
        ::close(listener_);
    }

    SocketServer(const SocketServer&) = delete;
    SocketServer& operator=(const SocketServer&) = delete;

    [[nodiscard]] std::string url(const std::string& path = "/") const {
        return "http://127.0.0.1:" + std::to_string(port_) + path;
    }

    [[nodiscard]] int connections() const { return connections_; }

private:
    void serve(const std::vector<Script>& scripts) {
        std::vector<std::thread> served;
        for (std::size_t turn = 0;; ++turn) {
            const int socket = ::accept(listener_, nullptr, nullptr);
            if (socket < 0) break;
            ++connections_;
            served.emplace_back([socket, &scripts, turn] {
                Connection connection(socket);
                if (turn < scripts.size()) scripts[turn](connection);
            });
        }
        for (std::thread& thread : served) thread.join();
    }

    int listener_;
    int port_ = 0;
    std::atomic<int> connections_{0};
    std::thread thread_;
};

}  // namespace pagepress::test
