// Spaces of a Confluence Cloud site, each looked up once over REST API v2.
#pragma once

#include <map>
#include <string>
#include <utility>

#include "common/base/error.h"
#include "worker/atlassian/session.h"

namespace pagepress::worker {

/// Used by one thread at a time.
class CloudSpaces {
public:
    /// @param session  outlives the object
    /// @param base_url  for messages
    CloudSpaces(Session& session, std::string base_url)
        : session_(session), base_url_(std::move(base_url)) {}

    /// Id of a space.
    /// @errors  kNotFound  no such space, or hidden from our account
    Result<std::string> id(const std::string& space_key);

    /// Id of the home page of a space; empty if it has none.
    /// @param space_id  numeric
    Result<std::string> home_page(const std::string& space_id);

    /// A space with this id is not there: it may have been deleted and made anew under its key.
    void forget(const std::string& space_id);

private:
    Session& session_;
    const std::string base_url_;
    std::map<std::string, std::string> ids_;         ///< by key
    std::map<std::string, std::string> home_pages_;  ///< by id
};

}  // namespace pagepress::worker
