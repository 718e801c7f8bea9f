// One thread, one epoll; a connection has at most one call under way.
#include "tests/bench/load_driver.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <fstream>
#include <numeric>
#include <optional>
#include <string_view>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/invariant.h"

namespace pagepress::bench {
namespace {

LoadTime now() {
    return std::chrono::steady_clock::now();
}

std::string_view between(std::string_view text, std::string_view begin, std::string_view end) {
    const std::size_t from = text.find(begin);
    if (from == std::string_view::npos) return {};
    text.remove_prefix(from + begin.size());
    return text.substr(0, text.find(end));
}

std::size_t number_in(std::string_view text) {
    std::size_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Time of all processors together since the machine's start, as the kernel counts it.
struct ProcessorTime {
    std::uint64_t busy = 0;
    std::uint64_t idle = 0;
};

/// proc(5): `cpu user nice system idle iowait irq softirq steal`.
ProcessorTime processor_time() {
    std::ifstream file("/proc/stat");
    std::string name;
    std::array<std::uint64_t, 8> times{};
    file >> name;
    for (std::uint64_t& time : times) file >> time;
    const std::uint64_t all = std::accumulate(times.begin(), times.end(), std::uint64_t{0});
    const std::uint64_t idle = times[3] + times[4];
    return {.busy = all - idle, .idle = idle};
}

double busy_share(const ProcessorTime& from, const ProcessorTime& to) {
    const auto busy = static_cast<double>(to.busy - from.busy);
    const auto idle = static_cast<double>(to.idle - from.idle);
    return busy + idle > 0 ? busy / (busy + idle) : 0;
}

struct Caller {
    int fd = -1;
    std::optional<std::size_t> call{};  ///< index of the call under way
    std::string received{};
};

}  // namespace

class LoadRun {
public:
    explicit LoadRun(const LoadPlan& plan) : plan_(plan), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
        INVARIANT(epoll_ >= 0);
    }

    ~LoadRun() {
        for (const Caller& caller : callers_) {
            if (caller.fd >= 0) ::close(caller.fd);
        }
        ::close(epoll_);
    }

    LoadRun(const LoadRun&) = delete;
    LoadRun& operator=(const LoadRun&) = delete;

    LoadReport run() {
        const ProcessorTime before = processor_time();
        begin_ = now();
        const LoadTime end = begin_ + plan_.duration;
        if (plan_.rate == 0) {
            for (int i = 0; i < plan_.connections; ++i) add_caller();
        }
        while (now() < end && !plan_.stop.stop_requested()) {
            start_due_calls();
            serve();
        }
        report_.ended_at = now();
        report_.busy_share = busy_share(before, processor_time());
        for (const LoadTime last = report_.ended_at + plan_.patience;
             under_way_ > 0 && now() < last;)
            serve();
        return std::move(report_);
    }

private:
    void start_due_calls() {
        if (plan_.rate == 0) {
            for (; !idle_.empty(); idle_.pop_back()) start_call(callers_[idle_.back()]);
            return;
        }
        const double elapsed_s = std::chrono::duration<double>(now() - begin_).count();
        for (const auto due = static_cast<std::uint64_t>(elapsed_s * plan_.rate); due_ < due;) {
            ++due_;
            if (idle_.empty() && callers_.size() < static_cast<std::size_t>(plan_.connections)) {
                add_caller();
            }
            if (idle_.empty()) {
                ++report_.not_sent;
                continue;
            }
            Caller& caller = callers_[idle_.back()];
            idle_.pop_back();
            start_call(caller);
        }
    }

    void add_caller() {
        idle_.push_back(callers_.size());
        connect(callers_.emplace_back());
    }

    void connect(Caller& caller) {
        caller.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        INVARIANT(caller.fd >= 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(plan_.port);
        auto* const any = reinterpret_cast<const sockaddr*>(&address);
        INVARIANT(::connect(caller.fd, any, sizeof address) == 0);
        const int on = 1;
        ::setsockopt(caller.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        epoll_event wanted{.events = EPOLLIN, .data = {.u64 = index_of(caller)}};
        INVARIANT(::epoll_ctl(epoll_, EPOLL_CTL_ADD, caller.fd, &wanted) == 0);
    }

    [[nodiscard]] std::size_t index_of(const Caller& caller) const {
        return static_cast<std::size_t>(&caller - callers_.data());
    }

    void start_call(Caller& caller) {
        caller.call = report_.calls.size();
        const LoadTime sent_at = now();
        report_.calls.push_back({.sent_at = sent_at, .answered_at = sent_at, .job_id = {}});
        ++under_way_;
        // A few hundred bytes always fit; a connection that is gone is noticed when it is read.
        (void)::send(caller.fd, plan_.request.data(), plan_.request.size(), MSG_NOSIGNAL);
    }

    void serve() {
        std::array<epoll_event, 256> events{};
        const int count =
            ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait_ms());
        INVARIANT(count >= 0 || errno == EINTR);
        for (int i = 0; i < count; ++i) {
            receive(callers_[events[static_cast<std::size_t>(i)].data.u64]);
        }
    }

    /// Not at all while calls are due; a rate's calls go out with the next millisecond.
    [[nodiscard]] int wait_ms() const { return plan_.rate == 0 && idle_.empty() ? 100 : 1; }

    void receive(Caller& caller) {
        std::array<char, 4096> buffer;
        const ssize_t size = ::recv(caller.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        if (size < 0 && errno == EAGAIN) return;
        if (size <= 0) {
            finish(caller, 0, {});
            ::close(caller.fd);
            caller.received.clear();
            connect(caller);
            return;
        }
        caller.received.append(buffer.data(), static_cast<std::size_t>(size));
        const std::string_view text = caller.received;
        const std::size_t head = text.find("\r\n\r\n");
        if (head == std::string_view::npos) return;
        const std::size_t body = number_in(between(text, "Content-Length: ", "\r"));
        if (text.size() < head + 4 + body) return;
        const int status = static_cast<int>(number_in(between(text, "HTTP/1.1 ", " ")));
        finish(caller, status, between(text.substr(head), "\"jobId\":\"", "\""));
        caller.received.clear();
    }

    void finish(Caller& caller, int status, std::string_view job_id) {
        if (!caller.call) return;
        CallResult& call = report_.calls[*caller.call];
        call.answered_at = now();
        call.status = status;
        if (status == 202) call.job_id = job_id;
        caller.call.reset();
        --under_way_;
        idle_.push_back(index_of(caller));
    }

    const LoadPlan plan_;
    const int epoll_;
    LoadTime begin_;
    std::vector<Caller> callers_{};
    std::vector<std::size_t> idle_{};
    std::uint64_t due_ = 0;
    std::size_t under_way_ = 0;
    LoadReport report_{};
};

LoadReport run_load(const LoadPlan& plan) {
    return LoadRun(plan).run();
}

}  // namespace pagepress::bench
