// A call over a network that loses, delays and doubles: the request is applied at the other side at
// a time of its own, whatever became of the caller meanwhile.
#pragma once

#include <memory>
#include <optional>
#include <utility>

#include "common/base/clock.h"
#include "tests/sim/world/engine.h"

namespace pagepress::sim {

/// How bad a link is, in faults per 1000 calls, until `until`.
struct LinkFaults {
    int refused = 0;      ///< not sent
    int lost_before = 0;  ///< sent, never applied
    int lost_after = 0;   ///< applied, answer lost
    int late = 0;         ///< applied after the caller gave up
    int doubled = 0;      ///< applied twice
    int slow = 0;         ///< answered shortly before the caller would give up
    Millis until{0};
};

struct Link {
    LinkFaults faults;
    Millis usual{20};      ///< longest way there, and back
    Millis timeout{0};     ///< of the caller
    Millis late_max{0};    ///< after the timeout
    bool is_down = false;  ///< every call is refused
};

enum class Sent {
    kNo,       ///< it never left
    kPerhaps,  ///< no answer came: it may be applied, now or later
    kAnswered,
};

template <typename T>
struct Answer {
    Sent sent = Sent::kNo;
    std::optional<T> value;  ///< of kAnswered
};

/// When a call arrives and its answer returns.
struct Fate {
    bool is_sent = true;
    bool is_applied = true;
    bool is_answered = true;
    bool is_doubled = false;
    Millis pause{0};  ///< of the caller before the call: a stall can be anywhere
    Millis there{0};
    Millis back{0};
};

/// What happens to the next call.
[[nodiscard]] Fate draw_fate(Engine& engine, const Link& link);

/// Calls `apply` at the other side and waits for its answer; by a fiber only.
/// @param apply  runs outside of the fiber, maybe after its end: it must own what it uses
template <typename F>
auto call(Engine& engine, const Link& link, F apply) -> Answer<decltype(apply())> {
    using T = decltype(apply());
    if (engine.is_unwinding()) return {};
    const Fate fate = draw_fate(engine, link);
    if (fate.pause > Millis(0)) engine.sleep(fate.pause);
    if (!fate.is_sent) {
        engine.sleep(fate.there);
        return {};
    }

    struct Exchange {
        Task* caller;
        std::optional<T> value;
        bool has_answer = false;
    };

    auto exchange = std::make_shared<Exchange>(Exchange{engine.current(), {}, false});
    if (fate.is_applied) {
        engine.after(fate.there, [&engine, exchange, apply, fate]() mutable {
            exchange->value = apply();
            if (!fate.is_answered) return;
            engine.after(fate.back, [&engine, exchange] {
                exchange->has_answer = true;
                if (exchange->caller != nullptr) engine.wake(*exchange->caller);
            });
        });
    }
    if (fate.is_doubled)
        engine.after(fate.there + fate.back + link.usual, [apply]() mutable { (void)apply(); });
    (void)engine.wait(link.timeout);
    exchange->caller = nullptr;
    if (!exchange->has_answer) return {.sent = Sent::kPerhaps, .value = {}};
    return {.sent = Sent::kAnswered, .value = std::move(exchange->value)};
}

/// Sends without waiting for an answer.
template <typename F>
void post(Engine& engine, const Link& link, F apply) {
    if (engine.is_unwinding()) return;
    const Fate fate = draw_fate(engine, link);
    if (fate.is_sent && fate.is_applied)
        engine.after(fate.there, [apply]() mutable { (void)apply(); });
}

}  // namespace pagepress::sim
