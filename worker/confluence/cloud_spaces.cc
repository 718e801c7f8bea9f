#include "worker/confluence/cloud_spaces.h"

#include <boost/json/array.hpp>

#include "common/http_client/http_client.h"
#include "common/job/job.h"
#include "common/json/json_value.h"
#include "worker/confluence/page_json.h"

namespace pagepress::worker {

Result<std::string> CloudSpaces::id(const std::string& space_key) {
    if (const auto known = ids_.find(space_key); known != ids_.end()) return known->second;
    const auto list = session_.get("/api/v2/spaces?keys=" + percent_encoded(space_key));
    if (!list) return std::unexpected(list.error());
    if (const boost::json::array* results = results_of(*list)) {
        for (const boost::json::value& space : *results) {
            const std::string id = string_at(space, "id");
            if (!is_same_title(string_at(space, "key"), space_key) || !is_numeric_id(id)) continue;
            return ids_.emplace(space_key, id).first->second;
        }
    }
    // Lost credentials see no spaces either.
    if (auto proof = session_.probe(); !proof) return std::unexpected(proof.error());
    return fail(
        ErrorCode::kNotFound,
        "there is no space '" + space_key + "' at " + base_url_ + ", or the account may not see it"
    );
}

Result<std::string> CloudSpaces::home_page(const std::string& space_id) {
    if (const auto known = home_pages_.find(space_id); known != home_pages_.end()) {
        return known->second;
    }
    const auto space = session_.get("/api/v2/spaces/" + space_id);
    if (!space) return std::unexpected(space.error());
    return home_pages_.emplace(space_id, string_at(*space, "homepageId")).first->second;
}

void CloudSpaces::forget(const std::string& space_id) {
    std::erase_if(ids_, [&](const auto& space) { return space.second == space_id; });
}

}  // namespace pagepress::worker
