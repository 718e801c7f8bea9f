// What a batch is to do, as callers and schedules write it:
//   {"rule":"R","issues":["A-1",10042]}  {"rule":"R","jql":"project = A"}  {"snapshots":["s1"]}
//   {"page":"123"}  {"space":"DOC"}  {"all_snapshots":true}      each with an optional
//   "spread":"30m"
#pragma once

#include <chrono>
#include <string_view>

#include <boost/json/value.hpp>

#include "common/catalog/documents.h"
#include "common/job/batch.h"

namespace pagepress {

/// Most issues, or snapshots, that one batch lists.
inline constexpr std::size_t kBatchItemsMax = 10'000;

/// Longest time over which the jobs of a batch are spread.
inline constexpr std::chrono::hours kBatchSpreadMax{24};

/// Checks the object that names the jobs of a batch and reads it. Every problem is reported,
/// unknown members and a second selection included. Whether its rule and its snapshots exist is not
/// looked up.
///
/// @param path  JSON path of `document`, which problems begin with; empty for a body of its own
[[nodiscard]] Checked<Batch> read_batch(std::string_view path, const boost::json::value& document);

/// Checks that the rule, or every listed snapshot, is in the catalog and belongs to `site`; the
/// first that is not is a problem with its member of `read_batch`'s document.
///
/// @param path  as for `read_batch`
[[nodiscard]] std::vector<Problem> problems_in_catalog(
    std::string_view path, const Batch& batch, std::string_view site, const Catalog& catalog
);

}  // namespace pagepress
