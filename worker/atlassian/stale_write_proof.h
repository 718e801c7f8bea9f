// Proves on a page of its own that a Confluence refuses a stale write, on which everything rests
// that is promised of pages; for `GET /doctor`, where an operator has named a space for it.
#pragma once

#include <string>

#include "common/base/clock.h"
#include "common/json/finding.h"
#include "worker/atlassian/session.h"

namespace pagepress::worker {

/// Creates a page in the space, writes its version 2, writes version 2 again, which must be
/// refused, and puts the page into the trash. Blocks.
///
/// @param session  of a Confluence with API v2
/// @return  about `space KEY`
[[nodiscard]] Finding prove_stale_write_is_refused(
    Session& session, const std::string& space_key, const Clock& clock
);

}  // namespace pagepress::worker
