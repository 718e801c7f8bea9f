// The site for a browser: spaces, pages, a page, its history. Reads only.
#pragma once

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/site.h"

namespace pagepress::test {

/// Answers `/`, `/spaces/*`, `/pages/*[?version=N]`, `/pages/*/history`, `/browse/*`, and the
/// addresses that lead to a page in Confluence: those of `_links.webui`
/// (`/wiki/spaces/*/pages/*/*`) and `/wiki/pages/viewpage.action?pageId=…`.
[[nodiscard]] ApiAnswer answer_browser(FakeSite& site, const ApiRequest& request);

}  // namespace pagepress::test
