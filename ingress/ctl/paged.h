// Lists that the admin API hands out in pages.
#pragma once

#include <cstddef>
#include <string>

#include <boost/json/array.hpp>

#include "ingress/ctl/admin_api.h"
#include "ingress/ctl/commands.h"

namespace pagepress::ctl {

struct PagedRequest {
    std::string path;
    std::string member;  ///< of the answer, that holds the items
    Filter filter = {};
    std::size_t limit = 100;  ///< items, over all pages
    std::string cursor = {};  ///< where to begin; empty: at the beginning
};

struct PagedItems {
    boost::json::array items;
    std::string next;  ///< cursor of what follows; empty: that is all
};

/// @errors  those of AdminApi::get, and kInvalidInput where the server refuses, with its reason
[[nodiscard]] Result<PagedItems> read_paged(AdminApi& api, const PagedRequest& request);

}  // namespace pagepress::ctl
