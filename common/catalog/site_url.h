// Checks the base URLs of sites. The only door to Boost.URL in this folder.
#pragma once

#include <string>
#include <string_view>

#include "common/base/error.h"

namespace pagepress {

/// Base URL without trailing slashes (`https://acme.atlassian.net/wiki`), from an absolute http or
/// https URL without user, query and fragment (RFC 3986).
///
/// @errors  kInvalidInput  says what is wrong, without the URL itself, which may hold a password
[[nodiscard]] Result<std::string> base_url_from(std::string_view text);

}  // namespace pagepress
