// Generic cell rate algorithm (ITU-T I.371): a token bucket whose whole state is one time.
#pragma once

#include <algorithm>
#include <chrono>

#include "common/base/clock.h"

namespace pagepress {

/// How fast a bucket gives, and how much of it at once.
struct CellRates {
    std::chrono::nanoseconds per_cell{1};  ///< time in which one cell fits in again; > 0
    std::chrono::nanoseconds depth{1};     ///< time in which an empty bucket fills; >= per_cell
    /// How far below empty `add` may take it; > 0 where cells are counted that nobody could hold
    /// back.
    std::chrono::nanoseconds debt_max{0};
};

/// Passive. The rates may change from call to call: what is owed never takes longer to pay than it
/// would by the rates of now.
class CellRate {
public:
    /// How long until one more cell fits; zero: it does now.
    [[nodiscard]] std::chrono::nanoseconds wait(const CellRates& rates, SteadyTime now) const {
        const auto missing = full_at(rates, now) + rates.per_cell - (now + rates.depth);
        return std::max(missing, std::chrono::nanoseconds(0));
    }

    /// Counts a cell, whether it fits or not.
    void add(const CellRates& rates, SteadyTime now) {
        full_at_ = full_at(rates, now) + rates.per_cell;
    }

    /// Leaves nothing: the next cell fits when the bucket has filled by one.
    void drain(const CellRates& rates, SteadyTime now) {
        full_at_ = std::max(full_at(rates, now), now + rates.depth);
    }

private:
    [[nodiscard]] SteadyTime full_at(const CellRates& rates, SteadyTime now) const {
        return std::clamp(full_at_, now, now + rates.depth + rates.debt_max);
    }

    SteadyTime full_at_{};  ///< when the bucket will be full again
};

}  // namespace pagepress
