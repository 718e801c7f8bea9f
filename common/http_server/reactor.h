// What EventLoop and HttpServer share: one epoll instance with its timers and posted callbacks.
//
// Asio is not used here on purpose: its reactor tries every read once before it waits, which is a
// second, fruitless recvmsg per request (boost/asio/detail/impl/epoll_reactor.ipp, start_op).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <list>
#include <vector>

#include <sys/epoll.h>

#include "common/base/clock.h"
#include "common/base/mutex.h"

namespace pagepress {

/// Takes the events of a descriptor. A sink may still be called once in the turn in which its
/// descriptor was removed, so it must tolerate events that are not for it.
class EventSink {
public:
    virtual void on_events(std::uint32_t events) = 0;

protected:
    ~EventSink() = default;
};

/// Work that is left to the end of a turn, when no event handler is on the stack.
class TurnEnd {
public:
    /// Whether there is more to do, so that the next turn must not wait.
    virtual bool on_turn_end() = 0;

protected:
    ~TurnEnd() = default;
};

/// Used by the loop thread, except for `post` and `stop`.
class Reactor {
public:
    using TimerId = std::uint64_t;

    Reactor();
    ~Reactor();
    Reactor(const Reactor&) = delete;
    Reactor& operator=(const Reactor&) = delete;

    void run();
    void stop();
    void post(std::function<void()> callback);

    TimerId every(std::chrono::milliseconds period, std::function<void()> callback);
    void cancel(TimerId timer);

    void add(int fd, std::uint32_t events, EventSink& sink);
    void modify(int fd, std::uint32_t events, EventSink& sink);
    void remove(int fd);

    void add_turn_end(TurnEnd& work);
    void remove_turn_end(TurnEnd& work);

    /// Time at the beginning of the turn.
    [[nodiscard]] SteadyTime now() const { return now_; }

private:
    struct Timer {
        TimerId id;
        std::chrono::milliseconds period;
        SteadyTime due;
        std::function<void()> callback;
    };

    void wake() const;
    void run_turn();
    [[nodiscard]] int wait_ms() const;
    void dispatch(int count);
    void run_posted();
    void run_timers();
    void run_turn_ends();

    int epoll_fd_;
    int wake_fd_;
    std::array<epoll_event, 256> events_;
    SteadyTime now_;
    std::list<Timer> timers_;
    TimerId next_timer_ = 1;
    std::vector<TurnEnd*> turn_ends_;
    bool has_more_work_ = false;
    std::atomic<bool> stopped_ = false;
    Mutex mutex_;
    std::vector<std::function<void()>> posted_ GUARDED_BY(mutex_);
};

}  // namespace pagepress
