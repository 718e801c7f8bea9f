// From a batch to its jobs.
#pragma once

#include <string>
#include <vector>

#include "common/catalog/catalog.h"
#include "common/job/job.h"
#include "worker/confluence/confluence.h"
#include "worker/jira/jira.h"

namespace pagepress::worker {

/// What a batch selects from.
struct BatchSources {
    const Catalog& catalog;
    Jira& jira;
    Confluence& confluence;
    std::size_t issues_max = 10'000;  ///< that a search may find
};

/// The jobs that a batch stands for now, complete but for what `as_children` sets. Snapshots that
/// were deleted or moved to another site since are left out; of a page, space or site those that
/// are switched off too.
///
/// @errors  kInvalidInput, kTooLarge (the search of kJql), kNotFound (the space of kSpace), and
///          those of both ports
[[nodiscard]] Result<std::vector<Job>> select_jobs(const Job& batch, const BatchSources& sources);

/// Makes jobs the children of a batch: each subject once, with its deterministic id and, if the
/// batch is spread, its time. The order and the times follow from the ids alone: pages are due one
/// after the other, evenly over the spread, and all jobs of one page at once, so that one press
/// does for them.
///
/// @param catalog_position  of the catalog that they were selected from
[[nodiscard]] std::vector<Job> as_children(
    const Job& batch, std::vector<Job> jobs, std::int64_t catalog_position
);

}  // namespace pagepress::worker
