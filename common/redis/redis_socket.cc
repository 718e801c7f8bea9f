// Sockets for the Redis thread.
#include "common/redis/redis_socket.h"

#include <cerrno>
#include <memory>
#include <system_error>

#include <netdb.h>
#include <netinet/tcp.h>
#include <unistd.h>

namespace pagepress {
namespace {

std::string text_of_errno(int number) {
    return std::generic_category().message(number);
}

void switch_on(const FileDescriptor& socket, int level, int option) {
    constexpr int kOn = 1;
    ::setsockopt(socket.get(), level, option, &kOn, sizeof(kOn));
}

}  // namespace

void FileDescriptor::reset() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

Result<std::vector<SocketAddress>> resolve(const std::string& host_and_port) {
    const std::size_t colon = host_and_port.rfind(':');
    if (colon == std::string::npos) {
        return fail(ErrorCode::kInvalidInput, "'" + host_and_port + "' is not host:port");
    }
    std::string host = host_and_port.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* list = nullptr;
    const int code = ::getaddrinfo(host.c_str(), host_and_port.c_str() + colon + 1, &hints, &list);
    if (code != 0) {
        return fail(
            ErrorCode::kUnavailable,
            "'" + host_and_port + "' does not resolve: " + ::gai_strerror(code)
        );
    }
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(list, ::freeaddrinfo);
    std::vector<SocketAddress> addresses;
    for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
        SocketAddress address{.bytes = {}, .size = entry->ai_addrlen};
        __builtin_memcpy(&address.bytes, entry->ai_addr, entry->ai_addrlen);
        addresses.push_back(address);
    }
    return addresses;
}

Result<FileDescriptor> start_connect(const SocketAddress& address) {
    FileDescriptor socket(
        ::socket(address.bytes.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    );
    if (!socket.is_open()) return fail(ErrorCode::kUnavailable, text_of_errno(errno));
    switch_on(socket, IPPROTO_TCP, TCP_NODELAY);
    switch_on(socket, SOL_SOCKET, SO_KEEPALIVE);
    const auto* where = reinterpret_cast<const sockaddr*>(&address.bytes);
    if (::connect(socket.get(), where, address.size) != 0 && errno != EINPROGRESS) {
        return fail(ErrorCode::kUnavailable, text_of_errno(errno));
    }
    return socket;
}

std::string connect_error(const FileDescriptor& socket) {
    int error = 0;
    socklen_t size = sizeof(error);
    if (::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) != 0) error = errno;
    return error == 0 ? std::string() : text_of_errno(error);
}

}  // namespace pagepress
