// What a batch job stands for: many jobs, which a worker puts on Kafka one by one.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/error.h"

namespace pagepress {

struct Batch {
    /// Where the list of jobs comes from. The word in records is in parentheses.
    enum class Select {
        kIssues,     ///< (issues) a rule and a list of issues
        kJql,        ///< (jql) a rule and the issues that a search finds when the batch begins
        kSnapshots,  ///< (snapshots) a list of snapshots
        kPage,       ///< (page) the snapshots of one page, in one version
        kSpace,      ///< (space) the snapshots of all pages of a space
        kSite,       ///< (site) every snapshot of the site
    };

    Select select = Select::kIssues;
    std::string rule = {};                    ///< kIssues, kJql
    std::vector<std::string> issues = {};     ///< kIssues: numeric ids or keys
    std::string jql = {};                     ///< kJql
    std::vector<std::string> snapshots = {};  ///< kSnapshots: their ids
    std::string page_id = {};                 ///< kPage
    std::string space = {};                   ///< kSpace: space key
    std::chrono::milliseconds spread{0};      ///< the jobs become due evenly over this time

    bool operator==(const Batch&) const = default;
};

/// Stable word of a selection: `issues`, `jql`, `snapshots`, `page`, `space`, `site`.
[[nodiscard]] std::string_view name_of(Batch::Select select);

/// JSON object of a batch, as it stands in job records.
[[nodiscard]] std::string encode(const Batch& batch);

/// Batch from such an object.
///
/// @errors  kCorrupt  not one, or without what its selection needs
[[nodiscard]] Result<Batch> decode_batch(const boost::json::value& value);

}  // namespace pagepress
