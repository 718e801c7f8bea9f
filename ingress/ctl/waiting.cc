#include "ingress/ctl/waiting.h"

#include <algorithm>

namespace pagepress::ctl {

namespace {

using namespace std::chrono_literals;
using std::chrono::seconds;

constexpr Millis kPauseMin = 200ms;
constexpr Millis kPauseMax = 2s;

/// Whether a failed look is worth another one.
bool is_passing(const Result<ApiAnswer>& answer) {
    return !answer || answer->status == 429 || answer->status >= 500;
}

}  // namespace

std::string wait_text(seconds wait) {
    return std::to_string(wait.count()) + "s";
}

Waited wait_until_over(const WaitPlan& plan, const Surroundings& surroundings) {
    const SteadyTime deadline = surroundings.clock.steady_now() + plan.wait_max;
    Millis pause = kPauseMin;
    Waited waited;
    while (!surroundings.is_interrupted()) {
        const SteadyTime asked_at = surroundings.clock.steady_now();
        const auto left = std::chrono::ceil<seconds>(deadline - asked_at);
        if (left <= 0s) return waited;
        const seconds wait = std::min(left, plan.look_max);
        auto answer = plan.look(wait);
        const bool is_good = answer && answer->is_success();
        if (is_good) {
            plan.on_answer(*answer);
            waited.answer = *std::move(answer);
            waited.trouble.clear();
            if (plan.is_over(waited.answer)) {
                waited.end = Waited::End::kOver;
                return waited;
            }
        } else if (!is_passing(answer)) {
            return {.end = Waited::End::kRefused, .answer = *std::move(answer)};
        } else {
            waited.trouble = answer ? answer->reason() : answer.error().message;
        }
        // An answer long before its time: a server that knows no long poll, or that is in trouble.
        if (is_good && surroundings.clock.steady_now() - asked_at >= Millis(wait) / 2) {
            pause = kPauseMin;
            continue;
        }
        surroundings.pause(pause);
        pause = std::min(pause * 2, kPauseMax);
    }
    waited.end = Waited::End::kInterrupted;
    return waited;
}

}  // namespace pagepress::ctl
