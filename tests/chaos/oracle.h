// Decides whether the promises were kept: no loss (P1), one visible effect per job (P2), never
// stale (P3), everything comes to its end (P4). Pure.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tests/chaos/evidence.h"

namespace pagepress::chaos {

enum class Violation {
    kLost,        ///< a 202 whose job is on no topic, has no end, or has no page
    kDuplicate,   ///< two versions that show the content of one job, or two pages of one page key
    kStale,       ///< a page went back, or shows less than its last trigger asked for
    kUntrue,      ///< a status without what it claims, or a version of no job
    kUnfinished,  ///< not at its end though everything runs again
    kEditLost,    ///< people's text is gone from a page that they share with snapshots
    kDeath,       ///< a process that ended by itself
    kMissing,     ///< what does not run though everything was mended
    kUnproven,    ///< nothing was promised, so nothing can have been broken
};

inline constexpr Violation kViolations[] = {
    Violation::kLost,
    Violation::kDuplicate,
    Violation::kStale,
    Violation::kUntrue,
    Violation::kUnfinished,
    Violation::kEditLost,
    Violation::kDeath,
    Violation::kMissing,
    Violation::kUnproven};

/// Word for a table: `lost`.
[[nodiscard]] std::string_view name_of(Violation violation);

struct Finding {
    Violation violation;
    std::string sentence;
};

struct Verdict {
    std::vector<Finding> findings = {};
    std::size_t redundant = 0;  ///< versions that show nothing new; allowed, and counted

    [[nodiscard]] bool is_clean() const { return findings.empty(); }

    [[nodiscard]] std::size_t count(Violation violation) const;
};

/// A job's effect is a version that carries its stamp and shows its content: one that only took the
/// page out of the trash does not count.
[[nodiscard]] Verdict judge(const Evidence& evidence);

}  // namespace pagepress::chaos
