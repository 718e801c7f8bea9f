// A real redis-server for tests.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "tests/support/process.h"
#include "tests/support/temp_dir.h"

namespace pagepress::test {

/// Runs from construction to destruction on a port of its own, without persistence. Aborts the test
/// if it cannot be started.
class RedisServer {
public:
    /// @param arguments  further command line arguments, as `--maxmemory-policy noeviction`
    explicit RedisServer(std::vector<std::string> arguments = {}, std::string password = {});

    /// Starts it again on the same port (empty: nothing is persisted).
    void start();

    /// Ends it at once.
    void stop();

    void flush_all() const;

    [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

    [[nodiscard]] Process& process() { return *process_; }

private:
    [[nodiscard]] bool try_start();

    const std::vector<std::string> arguments_;
    const std::string password_;
    TempDir folder_;
    int port_;
    std::unique_ptr<Process> process_;
};

}  // namespace pagepress::test
