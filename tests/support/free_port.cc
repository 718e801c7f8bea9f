// Finds free ports by binding them.
#include "tests/support/free_port.h"

#include <random>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pagepress::test {
namespace {

bool is_free(int port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool bound = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
    ::close(fd);
    return bound;
}

}  // namespace

int free_port() {
    // Random, because tests of several processes look for ports at the same time.
    static thread_local std::mt19937 generator{std::random_device{}()};
    std::uniform_int_distribution<int> ports(20'000, 32'000);
    int port = ports(generator);
    while (!is_free(port)) port = ports(generator);
    return port;
}

}  // namespace pagepress::test
