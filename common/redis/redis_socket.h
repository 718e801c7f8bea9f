// A non-blocking TCP socket and the resolution of its address, for the Redis thread.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>

#include "common/base/error.h"

namespace pagepress {

/// Owns a file descriptor.
class FileDescriptor {
public:
    FileDescriptor() = default;

    explicit FileDescriptor(int fd) : fd_(fd) {}

    ~FileDescriptor() { reset(); }

    FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    FileDescriptor& operator=(FileDescriptor&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }

    [[nodiscard]] int get() const { return fd_; }

    [[nodiscard]] bool is_open() const { return fd_ >= 0; }

    void reset();

private:
    int fd_ = -1;
};

struct SocketAddress {
    sockaddr_storage bytes{};
    socklen_t size = 0;
};

/// Addresses of `host:port` (an IPv6 address in brackets). Blocks as long as the resolver does.
///
/// @errors  kInvalidInput  not host:port
///          kUnavailable   the name does not resolve now
[[nodiscard]] Result<std::vector<SocketAddress>> resolve(const std::string& host_and_port);

/// Starts to connect, with TCP_NODELAY and keep-alive. The socket becomes writable when the attempt
/// has ended; connect_error says how.
///
/// @errors  kUnavailable  refused at once
[[nodiscard]] Result<FileDescriptor> start_connect(const SocketAddress& address);

/// What became of start_connect: empty if the socket is connected.
[[nodiscard]] std::string connect_error(const FileDescriptor& socket);

}  // namespace pagepress
