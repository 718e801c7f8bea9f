#include "common/http_server/reactor.h"

#include <algorithm>
#include <cerrno>

#include <sys/eventfd.h>
#include <unistd.h>

#include "common/base/invariant.h"

namespace pagepress {

namespace {

constexpr int kWaitMsMax = 1'000;

}  // namespace

Reactor::Reactor()
    : epoll_fd_(::epoll_create1(EPOLL_CLOEXEC)),
      wake_fd_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      now_(std::chrono::steady_clock::now()) {
    INVARIANT(epoll_fd_ >= 0 && wake_fd_ >= 0);
    epoll_event event{.events = EPOLLIN, .data = {.ptr = nullptr}};
    INVARIANT(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, wake_fd_, &event) == 0);
}

Reactor::~Reactor() {
    ::close(wake_fd_);
    ::close(epoll_fd_);
}

void Reactor::run() {
    while (!stopped_.load(std::memory_order_acquire)) run_turn();
    stopped_.store(false, std::memory_order_release);
}

void Reactor::stop() {
    stopped_.store(true, std::memory_order_release);
    wake();
}

void Reactor::post(std::function<void()> callback) {
    {
        const MutexLock lock(mutex_);
        posted_.push_back(std::move(callback));
    }
    wake();
}

Reactor::TimerId Reactor::every(std::chrono::milliseconds period, std::function<void()> callback) {
    const TimerId id = next_timer_++;
    timers_.push_back(
        {.id = id, .period = period, .due = now_ + period, .callback = std::move(callback)}
    );
    return id;
}

void Reactor::cancel(TimerId timer) {
    timers_.remove_if([timer](const Timer& candidate) { return candidate.id == timer; });
}

void Reactor::add(int fd, std::uint32_t events, EventSink& sink) {
    epoll_event event{.events = events, .data = {.ptr = &sink}};
    INVARIANT(::epoll_ctl(epoll_fd_, EPOLL_CTL_ADD, fd, &event) == 0);
}

void Reactor::modify(int fd, std::uint32_t events, EventSink& sink) {
    epoll_event event{.events = events, .data = {.ptr = &sink}};
    INVARIANT(::epoll_ctl(epoll_fd_, EPOLL_CTL_MOD, fd, &event) == 0);
}

void Reactor::remove(int fd) {
    INVARIANT(::epoll_ctl(epoll_fd_, EPOLL_CTL_DEL, fd, nullptr) == 0);
}

void Reactor::add_turn_end(TurnEnd& work) {
    turn_ends_.push_back(&work);
}

void Reactor::remove_turn_end(TurnEnd& work) {
    std::erase(turn_ends_, &work);
}

void Reactor::wake() const {
    const std::uint64_t one = 1;
    // It can only fail if the counter is full, and then the loop is awake anyway.
    [[maybe_unused]] const ssize_t written = ::write(wake_fd_, &one, sizeof one);
}

void Reactor::run_turn() {
    const int count =
        ::epoll_wait(epoll_fd_, events_.data(), static_cast<int>(events_.size()), wait_ms());
    INVARIANT(count >= 0 || errno == EINTR);
    now_ = std::chrono::steady_clock::now();
    dispatch(std::max(count, 0));
    run_timers();
    run_turn_ends();
}

int Reactor::wait_ms() const {
    if (has_more_work_) return 0;
    auto wait = std::chrono::milliseconds(kWaitMsMax);
    const SteadyTime now = std::chrono::steady_clock::now();
    for (const Timer& timer : timers_) {
        wait = std::min(wait, std::chrono::ceil<std::chrono::milliseconds>(timer.due - now));
    }
    return static_cast<int>(std::max<std::int64_t>(wait.count(), 0));
}

void Reactor::dispatch(int count) {
    bool is_woken = false;
    for (int i = 0; i < count; ++i) {
        const epoll_event& event = events_[static_cast<std::size_t>(i)];
        if (event.data.ptr == nullptr) {
            is_woken = true;
        } else {
            static_cast<EventSink*>(event.data.ptr)->on_events(event.events);
        }
    }
    if (is_woken) run_posted();
}

void Reactor::run_posted() {
    std::uint64_t drained = 0;
    [[maybe_unused]] const ssize_t size = ::read(wake_fd_, &drained, sizeof drained);
    std::vector<std::function<void()>> posted;
    {
        const MutexLock lock(mutex_);
        posted.swap(posted_);
    }
    for (const auto& callback : posted) callback();
}

void Reactor::run_timers() {
    // A callback may add timers (at the end, which a list allows) but must not cancel its own.
    for (Timer& timer : timers_) {
        if (timer.due > now_) continue;
        timer.due = now_ + timer.period;
        timer.callback();
    }
}

void Reactor::run_turn_ends() {
    has_more_work_ = false;
    for (TurnEnd* const work : turn_ends_) has_more_work_ |= work->on_turn_end();
}

}  // namespace pagepress
