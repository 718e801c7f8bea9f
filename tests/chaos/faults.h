// The table of faults.
#pragma once

#include <span>

#include "tests/chaos/plan.h"

namespace pagepress::chaos {

[[nodiscard]] std::span<const FaultKind> fault_kinds();

}  // namespace pagepress::chaos
