// Where a page of a rule stands: whether it is still where our last version left it, so that a
// person's place is kept. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// What the versions of a page say of its place.
struct PlaceHistory {
    /// Parent that the rule named when the newest version of ours was written; empty: none, which
    /// means the space's home page. Not set: no listed version is ours.
    std::optional<std::string> parent;
    /// Whether the page came back from the trash since then, which puts it under the home page.
    bool was_restored = false;
    /// Whether all of the page's versions were looked at.
    bool is_whole = false;
};

/// @param ignored  versions of ours that brought the page back and do not show what was sent
[[nodiscard]] PlaceHistory read_place_history(
    const Page& page, std::string_view page_key, const std::set<std::int64_t>& ignored
);

/// Whether the page stands where pagepress has put it, and not where a person has.
///
/// @param home  the space's home page; empty: not known
[[nodiscard]] bool is_where_we_left_it(
    const Page& page, const PlaceHistory& history, const std::string& home
);

}  // namespace pagepress::worker
