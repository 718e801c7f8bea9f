// Searches whose empty results can be believed.
#pragma once

#include <expected>
#include <functional>
#include <type_traits>

#include "worker/jira/jira.h"

namespace pagepress::worker {

/// Runs `search`, a call of `jira`, and gives what it found. Jira answers lost credentials with an
/// empty list, which must not replace good data: an empty result is believed only if the search
/// finds nothing once more between two proofs that Jira knows us. One proof after the search would
/// not do, as the credentials may have come back in between.
///
/// @errors  those of `search`, and kCredentialsRejected
template <typename Search, typename IsEmpty>
std::invoke_result_t<Search> search_proven(Jira& jira, const Search& search, IsEmpty is_empty) {
    auto found = search();
    constexpr int kProofs = 2;
    for (int i = 0; i < kProofs && found && std::invoke(is_empty, *found); ++i) {
        if (const auto known = jira.myself(); !known) return std::unexpected(known.error());
        if (i + 1 < kProofs) found = search();
    }
    return found;
}

}  // namespace pagepress::worker
