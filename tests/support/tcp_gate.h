// A network between a client and a server on this machine that a test can cut, hold and slow down.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

namespace pagepress::test {

/// Forwards every connection to its port to another port of 127.0.0.1. Open from the start. The
/// methods may be called from any thread and take effect at once.
class TcpGate {
public:
    explicit TcpGate(int target_port);
    ~TcpGate();
    TcpGate(const TcpGate&) = delete;
    TcpGate& operator=(const TcpGate&) = delete;

    /// Where clients connect.
    [[nodiscard]] int port() const;

    /// Resets every connection, and every new one, until `open`.
    void cut();

    /// Connections stay and new ones are made, but no byte passes until `open`, as in a network
    /// that loses all packets.
    void hold();

    /// Lets everything pass again; what was held goes on.
    void open();

    /// Every byte arrives so much later, in both directions.
    void set_delay(std::chrono::milliseconds delay);

    /// All connections together pass at most so many bytes a second to the server; 0: no limit.
    void set_bytes_per_second(std::int64_t rate);

    [[nodiscard]] std::size_t connection_count() const;

private:
    class Forwarder;
    std::unique_ptr<Forwarder> forwarder_;
};

}  // namespace pagepress::test
