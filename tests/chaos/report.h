// The tables that a run ends with.
#pragma once

#include <string>

#include "tests/chaos/evidence.h"
#include "tests/chaos/oracle.h"
#include "tests/chaos/run_plan.h"

namespace pagepress::chaos {

/// Faults by kind, one a line.
[[nodiscard]] std::string faults_table(const PlanRun& run);

/// Calls, jobs by their ends, versions, and what the oracle counted.
[[nodiscard]] std::string outcome_table(
    const Evidence& evidence, const std::map<int, std::int64_t>& answers, const Verdict& verdict
);

/// What is wrong, a line each; empty: nothing.
[[nodiscard]] std::string findings_text(const Verdict& verdict);

}  // namespace pagepress::chaos
