// A clock that stands still until a test moves it.
#pragma once

#include "common/base/clock.h"

namespace pagepress::test {

class ManualClock final : public Clock {
public:
    [[nodiscard]] SteadyTime steady_now() const override { return SteadyTime(Millis(now_)); }

    [[nodiscard]] UnixMillis unix_now() const override { return now_; }

    void advance(Millis by) { now_ += by.count(); }

private:
    UnixMillis now_ = 1'790'000'000'000;
};

}  // namespace pagepress::test
