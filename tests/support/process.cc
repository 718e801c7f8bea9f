// Child processes of tests.
#include "tests/support/process.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/invariant.h"
#include "tests/support/eventually.h"

namespace pagepress::test {
namespace {

std::vector<std::string> environment_lines(const std::map<std::string, std::string>& added) {
    std::vector<std::string> lines;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string line = *entry;
        if (!added.contains(line.substr(0, line.find('=')))) lines.push_back(line);
    }
    for (const auto& [name, value] : added) lines.push_back(name + "=" + value);
    return lines;
}

std::vector<char*> c_strings(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (std::string& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

/// The child's side of fork: only async-signal-safe calls, since the parent has threads.
[[noreturn]] void become(
    const char* program, char* const* arguments, char* const* environment, int log_fd, pid_t parent
) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != parent) ::_exit(127);  // the parent died before the line above
    const int null_fd = ::open("/dev/null", O_RDONLY);
    ::dup2(null_fd, STDIN_FILENO);
    ::dup2(log_fd, STDOUT_FILENO);
    ::dup2(log_fd, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::execvpe(program, arguments, environment);
    constexpr char kText[] = "the program cannot be executed\n";
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, kText, sizeof(kText) - 1);
    ::_exit(127);
}

}  // namespace

Process::Process(ProcessSpec spec) : spec_(std::move(spec)) {
    std::vector<std::string> words = spec_.arguments;
    words.insert(words.begin(), spec_.program);
    std::vector<std::string> lines = environment_lines(spec_.environment);
    const std::vector<char*> arguments = c_strings(words);
    const std::vector<char*> environment = c_strings(lines);
    const int log_fd =
        ::open(spec_.log_file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    INVARIANT(log_fd >= 0);
    const pid_t parent = ::getpid();
    pid_ = ::fork();
    INVARIANT(pid_ >= 0);
    if (pid_ == 0) {
        become(words.front().c_str(), arguments.data(), environment.data(), log_fd, parent);
    }
    ::close(log_fd);
    // glibc 2.36 declares pidfd_open without C linkage.
    pidfd_ = static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0));
    INVARIANT(pidfd_ >= 0);
}

Process::~Process() {
    kill();
    ::close(pidfd_);
}

void Process::send_signal(int signal) const {
    if (!status_) ::kill(pid_, signal);
}

void Process::pause() const {
    send_signal(SIGSTOP);
}

void Process::resume() const {
    send_signal(SIGCONT);
}

void Process::kill() {
    send_signal(SIGKILL);
    wait_exit(std::chrono::hours(1));
}

std::optional<int> Process::stop(std::chrono::milliseconds deadline) {
    send_signal(SIGTERM);
    auto status = wait_exit(deadline);
    if (!status) kill();
    return status;
}

std::optional<int> Process::wait_exit(std::chrono::milliseconds deadline) {
    if (status_) return status_;
    pollfd waiting{.fd = pidfd_, .events = POLLIN, .revents = 0};
    int ready = 0;
    do {
        ready = ::poll(&waiting, 1, static_cast<int>(deadline.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready <= 0) return std::nullopt;
    int status = 0;
    INVARIANT(::waitpid(pid_, &status, 0) == pid_);
    status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return status_;
}

std::string Process::log_text() const {
    std::ifstream file(spec_.log_file, std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return std::move(text).str();
}

std::map<std::string, int> read_ports_file(
    Process& process, const std::string& path, std::chrono::milliseconds deadline
) {
    eventually(deadline, [&] { return std::filesystem::exists(path) || !process.is_running(); });
    std::map<std::string, int> ports;
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) {
            ports[line.substr(0, equals)] = std::atoi(line.c_str() + equals + 1);
        }
    }
    return ports;
}

void write_ports_file(const std::string& path, const std::map<std::string, int>& ports) {
    const std::string draft = path + ".draft";
    {
        std::ofstream file(draft);
        for (const auto& [name, port] : ports) file << name << '=' << port << '\n';
    }
    std::filesystem::rename(draft, path);
}

}  // namespace pagepress::test
