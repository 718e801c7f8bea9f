#include "common/http_server/event_loop.h"

#include <list>
#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace pagepress {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

/// A descriptor of someone else's.
class Watch {
public:
    Watch(asio::io_context& context, int fd, std::function<void()> on_readable)
        : descriptor_(context, fd), on_readable_(std::move(on_readable)) {}

    ~Watch() { descriptor_.release(); }

    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

    void wait() {
        descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](error_code error) {
            if (error) return;
            on_readable_();
            wait();
        });
    }

private:
    asio::posix::stream_descriptor descriptor_;
    std::function<void()> on_readable_;
};

class PeriodicTimer {
public:
    PeriodicTimer(
        asio::io_context& context, std::chrono::milliseconds period, std::function<void()> callback
    )
        : timer_(context), period_(period), callback_(std::move(callback)) {}

    void wait() {
        timer_.expires_after(period_);
        timer_.async_wait([this](error_code error) {
            if (error) return;
            callback_();
            wait();
        });
    }

private:
    asio::steady_timer timer_;
    std::chrono::milliseconds period_;
    std::function<void()> callback_;
};

}  // namespace

struct EventLoop::State {
    asio::io_context context{1};  // one thread runs it
    std::list<Watch> watches{};
    std::list<PeriodicTimer> timers{};
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
    const auto keep_running = asio::make_work_guard(state_->context);
    state_->context.run();
    state_->context.restart();
}

void EventLoop::stop() {
    state_->context.stop();
}

void EventLoop::post(std::function<void()> callback) {
    asio::post(state_->context, std::move(callback));
}

void EventLoop::watch(int fd, std::function<void()> on_readable) {
    state_->watches.emplace_back(state_->context, fd, std::move(on_readable)).wait();
}

void EventLoop::every(std::chrono::milliseconds period, std::function<void()> callback) {
    state_->timers.emplace_back(state_->context, period, std::move(callback)).wait();
}

asio::io_context& EventLoop::context() {
    return state_->context;
}

}  // namespace pagepress
