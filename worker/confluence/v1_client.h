// The client of API v1; how it lists pages is in v1_lists.cc.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/value.hpp>

#include "worker/confluence/http_confluence.h"
#include "worker/confluence/page_json.h"

namespace pagepress::worker {

inline constexpr ConfluenceShape kV1Shape{
    .root = "/rest/", .version_time = "when", .page = content_from};

/// What is asked for of a page that is to be read whole.
inline constexpr std::string_view kV1WithBody = "body.storage,version,space,ancestors";

/// What the two products do differently.
struct V1Dialect {
    /// Begins the path of the list of a page's versions. Data Center has it under this name only,
    /// and does not describe it.
    std::string_view versions_root;
    bool sorts_pages;  ///< lists pages by time of creation; else only scans a space by ids
    bool takes_ids;    ///< gives several pages by their ids in one answer
    std::size_t newest_pages;
};

class V1Confluence final : public HttpConfluence {
public:
    V1Confluence(
        const SessionTarget& target, const V1Dialect& dialect, HttpClient& http, const Clock& clock
    )
        : HttpConfluence(target, kV1Shape, http, clock), dialect_(dialect) {}

    Result<std::optional<Page>> page(const std::string& id, UnixMillis since) override;
    Result<std::optional<Page>> page_at(const std::string& id, std::int64_t version) override;
    Result<std::vector<Page>> find_by_title(const std::string& space_id, const std::string& title)
        override;
    Result<std::vector<Page>> newest_pages(const std::string& space_id) override;
    Result<std::string> space_id(const std::string& space_key) override;
    Result<std::string> home_page(const std::string& space_id) override;
    Result<std::vector<std::string>> pages_in_space(
        const std::string& space_id, const std::vector<std::string>& page_ids
    ) override;
    Result<SavedPage> create(const NewPage& page) override;
    Result<SavedPage> update(const PageUpdate& update) override;
    Result<SavedPage> restore(const PageUpdate& update) override;

private:
    struct Space {
        std::string key;       ///< as the server writes it
        std::string homepage;  ///< page id; empty: it has none
    };

    Result<std::optional<boost::json::value>> get_content(
        const std::string& id, const std::string& query
    );
    Result<std::optional<PageVersion>> version_at(const std::string& id, std::int64_t version);
    Result<std::vector<PageVersion>> versions_of(
        const std::string& id, const PageVersion& newest, UnixMillis since
    );
    Result<std::vector<PageVersion>> versions_singly(
        const std::string& id, const PageVersion& newest, UnixMillis since
    );
    Result<std::vector<Page>> sorted_newest(const std::string& space);
    Result<std::vector<std::string>> newest_ids(const std::string& space);
    Result<std::vector<Page>> pages_by_id(
        const std::vector<std::string>& ids, std::string_view expand
    );
    Result<std::vector<Page>> pages_in_one_answer(
        const std::vector<std::string>& ids, std::string_view expand
    );
    Result<std::vector<Page>> pages_singly(
        const std::vector<std::string>& ids, std::string_view expand
    );
    Result<Space> space(const std::string& key);
    Result<std::optional<PageProperty>> find_property(
        const std::string& page_id, const std::string& key
    ) override;
    Result<void> write_property(
        const std::string& page_id,
        const std::string& key,
        const boost::json::value& value,
        const std::optional<PageProperty>& existing
    ) override;

    const V1Dialect& dialect_;
    bool lists_versions_ = true;  ///< until the server shows that it does not
    std::map<std::string, Space> spaces_;
};

}  // namespace pagepress::worker
