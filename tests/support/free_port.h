// Ports for servers that cannot be asked to choose one themselves.
#pragma once

namespace pagepress::test {

/// A TCP port of 127.0.0.1 that nobody listens on now, below the range that the kernel gives to
/// outgoing connections, so that none of those takes it before the server does.
[[nodiscard]] int free_port();

}  // namespace pagepress::test
