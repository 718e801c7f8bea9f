// The one table of what a press does about every answer. The answers are those that the clients
// make of HTTP (worker/atlassian/answer_errors.cc) and of what is no HTTP; README.md shows the
// table to people, and a test compares the two.
#pragma once

#include <array>
#include <span>
#include <string_view>

#include "common/base/error.h"
#include "worker/press/outcome.h"

namespace pagepress::worker {

/// What a press was writing when the answer came.
enum class Deed {
    kCreate,
    kUpdate,
    kMove,     ///< an update that puts the page under another parent too
    kRestore,  ///< out of the trash
};

inline constexpr std::size_t kDeedCount = 4;

/// What the press does next.
enum class Step {
    kEnd,        ///< it ends: the answer's verdict
    kReadAgain,  ///< reads the page and begins anew: somebody was in between
    kFindStamp,  ///< the same, but the write may stand: its stamp is looked for, and if it is
                 ///< missing, something is written even if nothing has changed
    kReadOnce,   ///< the same once; if the page is there after all, we may not edit it
    kKeepTitle,  ///< once more under the title that the page has
    kKeepPlace,  ///< once more without moving the page
    kLookAgain,  ///< looks for a page of its own under the title, and creates once more
    kSettle,     ///< creates nothing until the create must have appeared, then looks for it
};

/// Word of a step in README.md; empty for kEnd.
[[nodiscard]] std::string_view name_of(Step step);

/// One row.
struct Answer {
    ErrorCode code;
    std::string_view what;  ///< for people: what comes as this code
    std::array<Step, kDeedCount> steps;
    Verdict verdict;  ///< where the press ends; kRetry is kDead once the attempts are spent
    GateEffect gate = GateEffect::kNone;
};

/// The table: each code once.
[[nodiscard]] std::span<const Answer> answers();

/// The row of a code; total.
[[nodiscard]] const Answer& answer_for(ErrorCode code);

[[nodiscard]] Step step_for(Deed deed, ErrorCode code);

}  // namespace pagepress::worker
