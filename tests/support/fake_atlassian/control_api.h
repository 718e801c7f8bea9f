// The control route: what a test or a demo does to the site behind the services' backs.
#pragma once

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/site.h"

namespace pagepress::test {

/// Answers `/_control/…`; the routes are listed in README.md.
[[nodiscard]] ApiAnswer answer_control(FakeSite& site, const ApiRequest& request);

}  // namespace pagepress::test
