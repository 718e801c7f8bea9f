// Confluence's REST APIs v1 and v2 over the model, for accepted credentials.
#pragma once

#include <string>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/confluence_model.h"

namespace pagepress::test {

/// Answers `/wiki/api/v2/…` and `/wiki/rest/…`. Data Center has v1 only, under `/confluence`: its
/// requests come here under `/wiki` all the same.
///
/// @param base_url  `http://host:port`, for `_links.base`
/// @param account   account id of the caller
[[nodiscard]] ApiAnswer answer_confluence(
    ConfluenceModel& confluence,
    const ApiRequest& request,
    const std::string& base_url,
    const std::string& account,
    Flavour flavour = Flavour::kCloud
);

/// What a caller with refused credentials gets: v1 403, v2 a bare 404.
[[nodiscard]] ApiAnswer answer_confluence_unauthorised(const ApiRequest& request);

/// What Data Center lets anybody see: nothing.
[[nodiscard]] ApiAnswer answer_confluence_anonymous(const ApiRequest& request);

}  // namespace pagepress::test
