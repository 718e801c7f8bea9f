#include "common/http_server/event_loop.h"

#include <list>
#include <utility>

#include "common/http_server/reactor.h"

namespace pagepress {

namespace {

class WatchedDescriptor final : public EventSink {
public:
    explicit WatchedDescriptor(std::function<void()> on_readable)
        : on_readable_(std::move(on_readable)) {}

    void on_events(std::uint32_t /*events*/) override { on_readable_(); }

private:
    std::function<void()> on_readable_;
};

}  // namespace

struct EventLoop::State {
    Reactor reactor;
    std::list<WatchedDescriptor> watched;
};

EventLoop::EventLoop() : state_(std::make_unique<State>()) {}

EventLoop::~EventLoop() = default;

void EventLoop::run() {
    state_->reactor.run();
}

void EventLoop::stop() {
    state_->reactor.stop();
}

void EventLoop::post(std::function<void()> callback) {
    state_->reactor.post(std::move(callback));
}

void EventLoop::watch(int fd, std::function<void()> on_readable) {
    state_->reactor.add(fd, EPOLLIN, state_->watched.emplace_back(std::move(on_readable)));
}

void EventLoop::every(std::chrono::milliseconds period, std::function<void()> callback) {
    state_->reactor.every(period, std::move(callback));
}

Reactor& EventLoop::reactor() {
    return state_->reactor;
}

}  // namespace pagepress
