// What the doctor tells of the worker itself. Passive.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/json/finding.h"

namespace pagepress::worker {

struct OwnState {
    std::string obstacle{};               ///< what keeps the worker from working; empty: nothing
    std::optional<Millis> catalog_age{};  ///< since Kafka last confirmed it; empty: it never did
    Result<void> redis{};                 ///< whether it answers, with the policy it must have
};

/// One finding of the worker, one of its Redis. Kafka is seen by the catalog, whose end is asked
/// for every second: it is missed long before the worker stops being ready.
[[nodiscard]] std::vector<Finding> own_findings(const OwnState& state);

}  // namespace pagepress::worker
