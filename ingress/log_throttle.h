// Bounds how often one kind of line is logged, so that a flood of bad calls is no flood of lines.
#pragma once

#include <cstdint>
#include <optional>

#include "common/base/clock.h"

namespace pagepress::ingress {

/// Passive; one thread.
class LogThrottle {
public:
    explicit LogThrottle(int lines_per_second_max) : lines_max_(lines_per_second_max) {}

    /// Whether a line may be written now; the value is how many were left out since the last one.
    std::optional<std::int64_t> admit(SteadyTime now) {
        if (now - second_began_ >= std::chrono::seconds(1)) {
            second_began_ = now;
            lines_ = 0;
        }
        if (lines_ >= lines_max_) {
            ++left_out_;
            return std::nullopt;
        }
        ++lines_;
        const std::int64_t left_out = left_out_;
        left_out_ = 0;
        return left_out;
    }

private:
    const int lines_max_;
    SteadyTime second_began_{};
    int lines_ = 0;
    std::int64_t left_out_ = 0;
};

}  // namespace pagepress::ingress
