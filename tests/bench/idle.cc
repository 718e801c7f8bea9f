// What an idle connection costs an ingress: its memory with many clients that have called once and
// stay. Without Kafka: nobody asks for it here.
#include <charconv>
#include <chrono>
#include <cstdio>
#include <deque>
#include <fstream>
#include <string>
#include <string_view>
#include <thread>

#include "tests/support/ingress_process.h"
#include "tests/support/socket_client.h"

using namespace pagepress::test;

namespace {

/// Resident memory of a process [bytes].
double rss_bytes(pid_t pid) {
    std::ifstream status("/proc/" + std::to_string(pid) + "/status");
    std::string word;
    while (status >> word && word != "VmRSS:") continue;
    double kib = 0;
    status >> kib;
    return kib * 1024;
}

int run(int connections) {
    IngressProcess ingress({
        .brokers = "127.0.0.1:1",
        .redis = "127.0.0.1:1",
        .options = {"--connections-max", std::to_string(connections)},
    });
    const auto port = static_cast<std::uint16_t>(ingress.port());
    const pid_t pid = ingress.process().pid();
    constexpr std::string_view kCall = "GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n";
    if (SocketClient(port).exchange(kCall).status != 404) return 1;
    std::this_thread::sleep_for(std::chrono::seconds(1));
    const double before = rss_bytes(pid);
    std::deque<SocketClient> clients;
    for (int i = 0; i < connections; ++i) clients.emplace_back(port);
    for (SocketClient& client : clients) {
        if (client.exchange(kCall).status != 404) return 1;
    }
    const double kib_each = (rss_bytes(pid) - before) / 1024 / connections;
    std::printf("%d connections that have called and stay: %.1f KiB each\n", connections, kib_each);
    const int status = SocketClient(port).receive().status;
    std::printf("one more gets %d\n", status);
    for (SocketClient& client : clients) {
        if (client.exchange(kCall).status != 404) return 1;
    }
    std::printf("all of them are served again\n");
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const std::string_view text = argc == 2 ? argv[1] : "";
    int connections = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), connections);
    if (error != std::errc() || end != text.data() + text.size() || connections < 1) {
        std::fputs("Usage: idle-bench CONNECTIONS\n", stderr);
        return 2;
    }
    return run(connections);
}
