// What the site published, as the oracle reads it.
#pragma once

#include <string>
#include <string_view>

#include "tests/chaos/evidence.h"
#include "tests/support/fake_atlassian_process.h"

namespace pagepress::chaos {

/// Summary of an issue that is at `seq`: `DEMO-3 seq-17`, which every template shows.
[[nodiscard]] std::string summary_of(std::string_view issue, std::int64_t seq);

/// What a body shows: of an issue that stands there more than once, the least.
[[nodiscard]] Freshness freshness_of(std::string_view body);

[[nodiscard]] PageVersion page_version_from(const test::PublishedVersion& published);

}  // namespace pagepress::chaos
