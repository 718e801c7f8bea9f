// What the clients of Confluence's two REST APIs have in common.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "worker/atlassian/session.h"
#include "worker/confluence/confluence.h"

namespace pagepress::worker {

/// How an API writes what both have.
struct ConfluenceShape {
    std::string_view root;          ///< begins the paths of its next links: `/api/v2/`
    std::string_view version_time;  ///< member of a version that holds its time
    Result<Page> (*page)(const boost::json::value&);
};

/// Blocking; used by one thread at a time.
class HttpConfluence : public Confluence {
public:
    HttpConfluence(
        const SessionTarget& target,
        const ConfluenceShape& shape,
        HttpClient& http,
        const Clock& clock
    )
        : base_url_(target.base_url), shape_(shape), session_(target, http, clock) {}

    Result<std::optional<PageProperty>> property(const std::string& page_id, const std::string& key)
        final;
    Result<void> set_property(
        const std::string& page_id, const std::string& key, const std::string& value
    ) final;
    Result<void> add_labels(const std::string& page_id, const std::vector<std::string>& labels)
        final;

    [[nodiscard]] std::string page_url(const std::string& page_id) const final {
        return base_url_ + "/pages/viewpage.action?pageId=" + page_id;
    }

protected:
    /// Takes one part of a list in; false ends the walk.
    using TakePart = std::function<Result<bool>(const boost::json::value& part)>;

    /// A walk over a list by its next links.
    struct Walk {
        std::string path;
        std::size_t parts_max;
    };

    struct PageList {
        std::string path;
        std::size_t parts_max;
        std::size_t pages_max;
    };

    /// Property with this key, whether the page has it or not.
    virtual Result<std::optional<PageProperty>> find_property(
        const std::string& page_id, const std::string& key
    ) = 0;

    /// Creates a property, or gives `existing` its next version.
    /// @errors  kConflict  somebody else did
    virtual Result<void> write_property(
        const std::string& page_id,
        const std::string& key,
        const boost::json::value& value,
        const std::optional<PageProperty>& existing
    ) = 0;

    /// False if parts are left.
    Result<bool> walk(Walk walk, const TakePart& take);

    /// Pages of a list, in its order.
    Result<std::vector<Page>> list_pages(const PageList& list);

    /// Versions of a page, newest first, back to one from before `since`.
    /// @errors  kTooLarge  there are more than can be looked through
    Result<std::vector<PageVersion>> list_versions(
        const std::string& id, std::string path, UnixMillis since
    );

    /// Why a space is not found, if our credentials are good.
    Error no_space(const std::string& space_key);

    Session& session() { return session_; }

private:
    const std::string base_url_;
    const ConfluenceShape shape_;
    Session session_;
};

/// Ids come from people too; one that is no number must not become a part of a path.
/// @errors  kInvalidInput
[[nodiscard]] Result<void> check_content_id(const std::string& id, const char* what);

}  // namespace pagepress::worker
