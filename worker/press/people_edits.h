// Whose the versions of a page are: pagepress' or people's. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// Whether the versions of `page` begin with its current one, or a later one.
[[nodiscard]] bool lists_newest(const Page& page);

/// Number of the newest version that a person has made since the last one of this page key; 0 if
/// there is none. Versions of other presses (snapshots in the page) and those that brought the page
/// back from the trash are looked past; version 1 is the creation, which carries no stamp.
///
/// Empty where the listed versions do not decide it.
[[nodiscard]] std::optional<std::int64_t> find_persons_version(
    const Page& page, std::string_view page_key
);

}  // namespace pagepress::worker
