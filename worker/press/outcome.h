// What becomes of a job after a press; answers.h has the table of errors and their verdicts.
#pragma once

#include <string_view>

#include "common/base/clock.h"
#include "common/base/error.h"
#include "common/job/job_status.h"

namespace pagepress::worker {

enum class Verdict {
    kDone,       ///< the page shows the job's effect
    kCoalesced,  ///< another job's press brought the page up to date
    kSkipped,    ///< there is nothing to do, with a reason
    kFinished,   ///< an earlier execution finished it already
    kRetry,      ///< try again later; spends an attempt
    kSnooze,     ///< try again later; not the job's fault, so it spends no attempt
    kDead,       ///< given up
};

/// Word of a verdict in log lines: `done`, `snooze`, …; total.
[[nodiscard]] std::string_view name_of(Verdict verdict);

/// State that a job's status tells after this verdict. Not for kFinished: its status stands
/// already.
[[nodiscard]] JobState state_of(Verdict verdict);

/// Whether the job must be tried again: kRetry, kSnooze.
[[nodiscard]] bool comes_again(Verdict verdict);

/// What else an error asks for: a closed gate stops the whole site.
enum class GateEffect { kNone, kWaitAsAsked, kCredentials };

struct Decision {
    Verdict verdict = Verdict::kRetry;
    GateEffect gate = GateEffect::kNone;
};

/// Decides on an error that ended a press, by the table. Pure and total.
///
/// @param attempts      attempts made, this one included; >= 1
/// @param attempts_max  option `attempts-max`
[[nodiscard]] Decision decide(const Error& error, int attempts, int attempts_max);

}  // namespace pagepress::worker
