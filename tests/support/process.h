// Child processes of tests: they die with the test, write to a log file and can be killed, paused
// and waited for.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

namespace pagepress::test {

struct ProcessSpec {
    std::string program;  ///< path, or a name that is looked up in PATH
    std::vector<std::string> arguments = {};
    std::map<std::string, std::string> environment = {};  ///< on top of the test's own
    std::string log_file;                                 ///< stdout and stderr are appended
};

/// A running child. If the program cannot be executed, the child ends with status 127. Used by the
/// thread that created it: the child is killed when that thread ends (PR_SET_PDEATHSIG).
class Process {
public:
    explicit Process(ProcessSpec spec);

    /// Kills it if it still runs.
    ~Process();

    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;

    [[nodiscard]] pid_t pid() const { return pid_; }

    [[nodiscard]] bool is_running() { return !wait_exit(std::chrono::milliseconds(0)); }

    void send_signal(int signal) const;

    /// SIGSTOP and SIGCONT.
    void pause() const;
    void resume() const;

    /// SIGKILL; returns when the process is gone.
    void kill();

    /// SIGTERM; returns the exit status, or nothing (and kills it) if it outlives the deadline.
    std::optional<int> stop(std::chrono::milliseconds deadline);

    /// Exit status, or 128 + signal; nothing if it still runs at the deadline.
    std::optional<int> wait_exit(std::chrono::milliseconds deadline);

    /// What the process has written so far.
    [[nodiscard]] std::string log_text() const;

private:
    const ProcessSpec spec_;
    pid_t pid_ = -1;
    int pidfd_ = -1;
    std::optional<int> status_;
};

/// The `name=port` lines of a ports file, which appears when the process listens. Empty if the
/// process ends before, or at the deadline.
[[nodiscard]] std::map<std::string, int> read_ports_file(
    Process& process, const std::string& path, std::chrono::milliseconds deadline
);

/// Writes a ports file as the project's binaries do: complete or not at all.
void write_ports_file(const std::string& path, const std::map<std::string, int>& ports);

}  // namespace pagepress::test
