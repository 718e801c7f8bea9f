#include "common/base/clock.h"

namespace pagepress {

SteadyTime SystemClock::steady_now() const {
    return std::chrono::steady_clock::now();
}

UnixMillis SystemClock::unix_now() const {
    const auto since_epoch = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<Millis>(since_epoch).count();
}

}  // namespace pagepress
