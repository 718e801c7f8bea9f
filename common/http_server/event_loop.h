// One thread's event loop. A thin face over Boost.Asio's io_context.
#pragma once

#include <chrono>
#include <functional>
#include <memory>

namespace boost::asio {
class io_context;
}

namespace pagepress {

/// Runs callbacks on the thread that calls `run`. Only `post` and `stop` may be called from other
/// threads.
class EventLoop {
public:
    EventLoop();
    ~EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;

    /// Serves events until `stop`. The caller's thread is the loop thread from then on.
    void run();

    /// Makes `run` return soon. Any thread.
    void stop();

    /// Runs `callback` on the loop thread soon. Any thread.
    void post(std::function<void()> callback);

    /// Calls `on_readable` whenever `fd` has become readable. `fd` stays the caller's and must
    /// outlive the loop's run.
    void watch(int fd, std::function<void()> on_readable);

    /// Calls `callback` every `period` from now on.
    void every(std::chrono::milliseconds period, std::function<void()> callback);

private:
    friend class HttpServer;
    boost::asio::io_context& context();

    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace pagepress
