// A real Apache Kafka broker for tests: one KRaft node in a folder of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "tests/support/process.h"
#include "tests/support/tcp_gate.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// Runs from construction to destruction. Its jars are in the folder that the environment variable
/// PAGEPRESS_TEST_KAFKA_LIBS names, or in build/kafka/libs, where tests/support/kafka/fetch puts
/// them. Topics are not created by themselves. Aborts the test if the broker does not start.
class KafkaServer {
public:
    KafkaServer();

    /// Starts it again, with its data and on its port; waits until it answers.
    void start();

    /// Waits until the catalog of this prefix can be written. The first transaction on a broker
    /// that was just started makes it create or load its transaction log, which on a busy machine
    /// takes longer than a writer waits before it answers that the catalog cannot be changed now.
    void await_transactions(const std::string& topic_prefix) const;

    /// Orderly shutdown, as an operator's restart does it.
    void stop();

    /// kill -9.
    void kill();

    /// From now on every client may send at most so many bytes of records a second, by Kafka's own
    /// quota: a client that is over it is not read from for a while. 0: no limit. Takes seconds.
    void limit_producers(std::int64_t bytes_per_second);

    /// `bootstrap.servers`.
    [[nodiscard]] std::string bootstrap() const { return "127.0.0.1:" + std::to_string(port_); }

    /// `bootstrap.servers` for clients whose network the test wants to break: a listener of its
    /// own, which the broker advertises under the gate's port.
    [[nodiscard]] std::string gated_bootstrap() const {
        return "127.0.0.1:" + std::to_string(gate_->port());
    }

    /// Only clients of `gated_bootstrap` are behind it.
    [[nodiscard]] TcpGate& gate() { return *gate_; }

    [[nodiscard]] Process& process() { return *process_; }

private:
    void write_config();
    [[nodiscard]] bool try_start();

    TempDir folder_;
    int port_ = 0;
    int controller_port_ = 0;
    int gated_port_ = 0;
    std::unique_ptr<TcpGate> gate_;
    std::unique_ptr<Process> process_;
};

}  // namespace pagepress::test
