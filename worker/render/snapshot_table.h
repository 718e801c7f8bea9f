// A snapshot as a native table in storage format.
#pragma once

#include <string>
#include <string_view>

#include "common/base/clock.h"
#include "common/catalog/model.h"
#include "worker/jira/jira.h"

namespace pagepress::worker {

/// The content of a snapshot's region: the level's title, a table with a row per issue, and a line
/// that says when the data was taken (UTC) and how many issues there are. Well-formed storage
/// format whatever the issues hold. A column whose field no longer exists in Jira is left out; if
/// none is left, or the level names none, the columns are Key and Summary.
///
/// @param jira_url  base of the links on issue keys
[[nodiscard]] std::string render_snapshot_table(
    const SnapshotLevel& level,
    const SearchResult& result,
    std::string_view jira_url,
    UnixMillis taken_at
);

/// Field ids to ask Jira for, so that every column and the default ones can be shown: `*all` where
/// a column is named by a label, since only Jira's answer tells which field has it. Labels need
/// `expand=names` in the search.
[[nodiscard]] std::vector<std::string> fields_of_columns(const SnapshotLevel& level);

}  // namespace pagepress::worker
