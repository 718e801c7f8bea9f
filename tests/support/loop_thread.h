// A thread that runs an EventLoop for the length of a test.
#pragma once

#include <future>
#include <thread>

#include "common/http_server/event_loop.h"

namespace pagepress::test {

class LoopThread {
public:
    LoopThread() = default;

    ~LoopThread() { stop(); }

    LoopThread(const LoopThread&) = delete;
    LoopThread& operator=(const LoopThread&) = delete;

    EventLoop& loop() { return loop_; }

    /// From here on the loop and what runs on it belong to its thread.
    void start() {
        thread_ = std::thread([this] { loop_.run(); });
    }

    void stop() {
        if (!thread_.joinable()) return;
        loop_.stop();
        thread_.join();
    }

    /// Runs `work` on the loop and waits until it is done.
    template <typename Work>
    void run(Work work) {
        std::promise<void> done;
        loop_.post([&] {
            work();
            done.set_value();
        });
        done.get_future().wait();
    }

private:
    EventLoop loop_;
    std::thread thread_;
};

}  // namespace pagepress::test
