#include "tests/sim/world/fiber.h"

#include <utility>
#include <vector>

#include <boost/context/fiber.hpp>
#include <boost/context/protected_fixedsize_stack.hpp>

#include "common/base/invariant.h"

namespace pagepress::sim {

namespace {

/// Debug builds of the templates' and XML parsers' frames need more than is usual for fibers.
constexpr std::size_t kStackBytes = 512UL * 1024;

/// Stacks with a guard page that are used again: mapping one costs more than a small schedule.
class PooledStacks {
public:
    boost::context::stack_context allocate() {
        if (free().empty()) return source_.allocate();
        const boost::context::stack_context stack = free().back();
        free().pop_back();
        return stack;
    }

    void deallocate(boost::context::stack_context& stack) { free().push_back(stack); }

private:
    static std::vector<boost::context::stack_context>& free() {
        static std::vector<boost::context::stack_context> stacks;
        return stacks;
    }

    boost::context::protected_fixedsize_stack source_{kStackBytes};
};

}  // namespace

struct Fiber::Contexts {
    boost::context::fiber inner;
    boost::context::fiber outer;
    bool has_ended = false;
};

Fiber::Fiber(std::function<void()> body) : contexts_(std::make_unique<Contexts>()) {
    contexts_->inner = boost::context::fiber(
        std::allocator_arg,
        PooledStacks(),
        [contexts = contexts_.get(), body = std::move(body)](boost::context::fiber&& outer) {
            contexts->outer = std::move(outer);
            body();
            contexts->has_ended = true;
            return std::move(contexts->outer);
        }
    );
}

Fiber::~Fiber() {
    INVARIANT(contexts_->has_ended);
}

void Fiber::resume() {
    contexts_->inner = std::move(contexts_->inner).resume();
}

void Fiber::suspend() {
    contexts_->outer = std::move(contexts_->outer).resume();
}

bool Fiber::has_ended() const {
    return contexts_->has_ended;
}

}  // namespace pagepress::sim
