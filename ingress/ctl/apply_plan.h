// What `apply` would do: the difference between files and the server's catalog.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include <boost/json/value.hpp>

#include "common/base/error.h"
#include "ingress/ctl/admin_api.h"
#include "ingress/ctl/commands.h"
#include "ingress/ctl/entry_files.h"

namespace pagepress::ctl {

struct Change {
    enum class Action { kCreate, kUpdate, kKeep, kRemove };
    Action action = Action::kKeep;
    EntryKind kind = EntryKind::kSite;
    std::string id;
    const FileEntry* entry = nullptr;  ///< of the files; null for kRemove
    std::int64_t revision = 0;         ///< that was seen on the server; 0: it was not there
    boost::json::value before = nullptr;

    /// `rule release`.
    [[nodiscard]] std::string title() const;
};

/// What the server would not take, since an entry names what would not be there.
struct Refusal {
    const FileEntry* entry = nullptr;
    std::vector<Problem> problems;
};

struct ApplyPlan {
    /// In the order in which they are to be done: sites, rules and snapshots are written, then
    /// snapshots, rules and sites removed.
    std::vector<Change> changes;
    std::set<std::string> sites;    ///< whose entries are removed if no file names them
    std::vector<Refusal> refusals;  ///< of a dry run; else the server is asked

    [[nodiscard]] std::size_t count(Change::Action action) const;
};

/// Reads what the server has of the kinds that matter and compares. `entries` outlives the plan.
///
/// @errors  those of AdminApi::list
[[nodiscard]] Result<ApplyPlan> make_apply_plan(
    AdminApi& api, const std::vector<FileEntry>& entries, const ApplyCommand& command
);

}  // namespace pagepress::ctl
