// Which fault strikes when: drawn from a seed, so that a plan can be had again.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "common/base/clock.h"

namespace pagepress::chaos {

class Fleet;

/// Faults of one lane strike one after the other, those of different lanes at the same time.
enum class Lane { kWorkers, kIngresses, kBrokers, kRedis, kSite };

inline constexpr Lane kLanes[] = {
    Lane::kWorkers, Lane::kIngresses, Lane::kBrokers, Lane::kRedis, Lane::kSite};

/// A row of the table of faults.
struct FaultKind {
    std::string_view name;
    Lane lane;
    Millis length_min;  ///< from `begin` to `end`
    Millis length_max;
    void (*begin)(Fleet& fleet, std::size_t target);
    void (*end)(Fleet& fleet, std::size_t target);
};

/// One fault of a plan. `target` is any number; what it hits is its remainder.
struct Step {
    Millis at;  ///< from the beginning; later if the fault before has not been got over
    const FaultKind* kind;
    std::size_t target;
    Millis length;
};

struct PlanRequest {
    std::uint64_t seed = 1;
    Millis length{};             ///< no fault begins or lasts later
    std::string_view only = {};  ///< faults whose name contains this; empty: all
};

/// In each lane every kind comes once, in an order of its own, before one comes again. Sorted by
/// time.
[[nodiscard]] std::vector<Step> make_plan(
    std::span<const FaultKind> kinds, const PlanRequest& request
);

/// `12.3 s  worker stopped past its lease (2) for 5.0 s`.
[[nodiscard]] std::string to_text(const Step& step);

}  // namespace pagepress::chaos
