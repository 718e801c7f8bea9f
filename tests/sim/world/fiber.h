// A call stack of its own that runs until it suspends itself. The only door to Boost.Context.
#pragma once

#include <functional>
#include <memory>

namespace pagepress::sim {

/// Made, resumed and destroyed by one thread. `body` must not let an exception out. Must have ended
/// before it is destroyed.
class Fiber {
public:
    explicit Fiber(std::function<void()> body);
    ~Fiber();
    Fiber(const Fiber&) = delete;
    Fiber& operator=(const Fiber&) = delete;

    /// Runs the body until it suspends or ends.
    void resume();

    /// Called by the body: goes back to `resume`.
    void suspend();

    [[nodiscard]] bool has_ended() const;

private:
    struct Contexts;
    std::unique_ptr<Contexts> contexts_;
};

}  // namespace pagepress::sim
