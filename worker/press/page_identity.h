// Who made a page: the identity that outlives Redis.
#pragma once

#include <optional>
#include <string>

#include "worker/confluence/confluence.h"
#include "worker/press/stamp.h"

namespace pagepress::worker {

/// Key of the content property that names a page's page key, the job that created it, and the
/// parent that its rule named then.
inline constexpr std::string_view kPageProperty = "pagepress";

/// Page key, creating job and first parent of a page: from its content property, or, before that
/// was written, from the anchor in its body. Empty for a page that pagepress did not create.
[[nodiscard]] Result<std::optional<Stamp>> read_page_identity(
    Confluence& confluence, const Page& page
);

/// Writes the content property; idempotent.
[[nodiscard]] Result<void> write_page_identity(
    Confluence& confluence, const std::string& page_id, const Stamp& stamp
);

}  // namespace pagepress::worker
