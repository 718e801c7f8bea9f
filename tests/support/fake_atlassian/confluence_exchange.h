// A request on its way through Confluence's routes, and what several routes need of it.
#pragma once

#include <string>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "tests/support/fake_atlassian/api.h"
#include "tests/support/fake_atlassian/confluence_json.h"
#include "tests/support/fake_atlassian/confluence_model.h"

namespace pagepress::test {

struct Exchange {
    ConfluenceModel& confluence;
    const ApiRequest& request;
    const std::string& base_url;
    const std::string& account;
    Flavour flavour = Flavour::kCloud;
    std::string context = "/wiki";  ///< path of the product: `/wiki`
};

using Outcome = ApiResult<ApiAnswer>;

/// 400 as Confluence words a wrong parameter.
[[nodiscard]] std::unexpected<ApiError> bad_request(std::string title);

[[nodiscard]] std::unexpected<ApiError> not_found(std::string title);

/// The numeric id in a segment of the path.
[[nodiscard]] ApiResult<ContentId> id_in_path(const Exchange& exchange, std::size_t segment);

/// The request's JSON object; 413 if it is over the limit.
[[nodiscard]] ApiResult<boost::json::value> read_body(const Exchange& exchange);

/// A page with `_links.base`, as single pages have it.
[[nodiscard]] boost::json::object full_page_json(
    const Exchange& exchange, const StoredPage& page, BodyForm form
);

// Routes that only read.
Outcome get_spaces(const Exchange& exchange);
Outcome get_space(const Exchange& exchange);
Outcome get_space_operations(const Exchange& exchange);
Outcome get_page_operations(const Exchange& exchange);
Outcome get_space_pages(const Exchange& exchange);
Outcome get_pages(const Exchange& exchange);
Outcome get_page(const Exchange& exchange);
Outcome get_versions(const Exchange& exchange);
Outcome get_properties(const Exchange& exchange);
Outcome get_current_user(const Exchange& exchange);

// Labels.
Outcome post_labels(const Exchange& exchange);

/// The labels of a page, as v1 lists them.
[[nodiscard]] boost::json::array label_list(const StoredPage& page);

/// The labels of a page, as `include-labels=true` shows them.
[[nodiscard]] boost::json::object labels_json(const StoredPage& page);

}  // namespace pagepress::test
