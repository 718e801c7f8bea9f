// Confluence Cloud over its REST API v2.
#include "worker/confluence/cloud_confluence.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/job/job.h"
#include "common/json/json_value.h"
#include "worker/atlassian/session.h"
#include "worker/confluence/cloud_spaces.h"
#include "worker/confluence/http_confluence.h"
#include "worker/confluence/page_json.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kNewestPages = 250;
/// With bodies of up to 5 MB each, so many still fit into one answer.
constexpr std::size_t kLargePagesPerAnswer = 4;
constexpr std::size_t kTitlePartsMax = 8;
/// Of lists that end by themselves.
constexpr std::size_t kPagesMax = 1'000'000;
/// Confluence takes 250 ids; so many fit into a request line of 3 KiB.
constexpr std::size_t kPagesPerQuestion = 100;

std::string page_path(const std::string& id) {
    return "/api/v2/pages/" + id;
}

constexpr ConfluenceShape kShape{
    .root = "/api/v2/", .version_time = "createdAt", .page = page_from};

class CloudConfluence final : public HttpConfluence {
public:
    CloudConfluence(const SessionTarget& target, HttpClient& http, const Clock& clock)
        : HttpConfluence(target, kShape, http, clock), spaces_(session(), target.base_url) {}

    Result<std::optional<Page>> page(const std::string& id, UnixMillis since) override;
    Result<std::optional<Page>> page_at(const std::string& id, std::int64_t version) override;
    Result<std::vector<Page>> find_by_title(const std::string& space_id, const std::string& title)
        override;
    Result<std::vector<Page>> newest_pages(const std::string& space_id) override;

    Result<std::string> space_id(const std::string& space_key) override {
        return spaces_.id(space_key);
    }

    Result<std::string> home_page(const std::string& space_id) override {
        if (auto good = check_content_id(space_id, "space"); !good)
            return std::unexpected(good.error());
        return spaces_.home_page(space_id);
    }

    Result<std::vector<std::string>> pages_in_space(
        const std::string& space_id, const std::vector<std::string>& page_ids
    ) override;
    Result<SavedPage> create(const NewPage& page) override;
    Result<SavedPage> update(const PageUpdate& update) override;
    Result<SavedPage> restore(const PageUpdate& update) override;

private:
    Result<std::optional<json::value>> get_page(const std::string& id, const std::string& query);
    Result<std::optional<PageProperty>> find_property(
        const std::string& page_id, const std::string& key
    ) override;
    Result<void> write_property(
        const std::string& page_id,
        const std::string& key,
        const json::value& value,
        const std::optional<PageProperty>& existing
    ) override;

    CloudSpaces spaces_;
};

// ---- reading --------------------------------------------------------------------------------

/// The page's document with its body; empty if it is gone or hidden.
Result<std::optional<json::value>> CloudConfluence::get_page(
    const std::string& id, const std::string& query
) {
    if (auto good = check_content_id(id, "page"); !good) return std::unexpected(good.error());
    auto answer = session().get(page_path(id) + "?body-format=storage&" + query);
    if (!answer && answer.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!answer) return std::unexpected(std::move(answer.error()));
    return std::optional(*std::move(answer));
}

Result<std::optional<Page>> CloudConfluence::page(const std::string& id, UnixMillis since) {
    const auto answer = get_page(id, "include-versions=true&include-labels=true");
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return std::nullopt;
    auto page = page_from(**answer);
    if (!page) return std::unexpected(page.error());
    const json::value* included = find(**answer, "versions");
    if (included != nullptr) {
        auto versions = versions_from(*included, kShape.version_time);
        if (!versions) return std::unexpected(versions.error());
        page->versions = std::move(*versions);
        sort_newest_first(page->versions);
    }
    if (!are_versions_complete(included, *page, since)) {
        auto versions =
            list_versions(id, page_path(id) + "/versions?limit=50&sort=-modified-date", since);
        if (!versions) return std::unexpected(versions.error());
        page->versions = std::move(*versions);
    }
    return std::optional<Page>(std::move(*page));
}

Result<std::optional<Page>> CloudConfluence::page_at(const std::string& id, std::int64_t version) {
    const auto answer = get_page(id, "version=" + std::to_string(version));
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return std::nullopt;
    auto page = page_from(**answer);
    if (!page) return std::unexpected(page.error());
    if (page->version != version) {
        return fail(
            ErrorCode::kCorrupt, "Confluence sent another version of page " + id + " than asked for"
        );
    }
    return std::optional<Page>(std::move(*page));
}

Result<std::vector<Page>> CloudConfluence::find_by_title(
    const std::string& space_id, const std::string& title
) {
    if (auto good = check_content_id(space_id, "space"); !good)
        return std::unexpected(good.error());
    auto pages = list_pages(
        {.path = "/api/v2/pages?space-id=" + space_id + "&title=" + percent_encoded(title) +
                 "&status=current&status=archived&body-format=storage",
         .parts_max = kTitlePartsMax,
         .pages_max = kPagesMax}
    );
    if (!pages) return pages;
    // At most two have the title; the listing is known to match other titles on some paths.
    std::erase_if(*pages, [&](const Page& page) { return !is_same_title(page.title, title); });
    return pages;
}

Result<std::vector<Page>> CloudConfluence::newest_pages(const std::string& space_id) {
    if (auto good = check_content_id(space_id, "space"); !good)
        return std::unexpected(good.error());
    // A page that somebody has put into the trash meanwhile was created all the same.
    const std::string path = "/api/v2/pages?space-id=" + space_id +
                             "&sort=-created-date&status=current&status=archived&status=trashed"
                             "&body-format=storage&limit=";
    auto pages = list_pages(
        {.path = path + std::to_string(kNewestPages), .parts_max = 1, .pages_max = kNewestPages}
    );
    if (pages || pages.error().code != ErrorCode::kTooLarge) return pages;
    return list_pages(
        {.path = path + std::to_string(kLargePagesPerAnswer),
         .parts_max = (kNewestPages + kLargePagesPerAnswer - 1) / kLargePagesPerAnswer,
         .pages_max = kNewestPages}
    );
}

Result<std::vector<std::string>> CloudConfluence::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    if (auto good = check_content_id(space_id, "space"); !good)
        return std::unexpected(good.error());
    std::vector<std::string> found;
    for (std::size_t from = 0; from < page_ids.size(); from += kPagesPerQuestion) {
        const std::size_t end = std::min(page_ids.size(), from + kPagesPerQuestion);
        std::string path =
            "/api/v2/pages?space-id=" + space_id + "&limit=" + std::to_string(kPagesPerQuestion);
        for (std::size_t i = from; i < end; ++i) {
            if (auto good = check_content_id(page_ids[i], "page"); !good) {
                return std::unexpected(good.error());
            }
            path.append("&id=").append(page_ids[i]);
        }
        auto pages = list_pages(
            {.path = std::move(path), .parts_max = kPagesPerQuestion, .pages_max = kPagesMax}
        );
        if (!pages) return std::unexpected(std::move(pages.error()));
        for (Page& page : *pages) {
            if (page.space_id == space_id) found.push_back(std::move(page.id));
        }
    }
    return found;
}

// ---- writing --------------------------------------------------------------------------------

Result<SavedPage> CloudConfluence::create(const NewPage& page) {
    json::object body{
        {"spaceId", page.space_id},
        {"status", "current"},
        {"title", page.title},
        {"body", storage_json(page.body)}};
    if (!page.parent_id.empty()) body["parentId"] = page.parent_id;
    const auto answer = session().send("POST", "/api/v2/pages", json::serialize(body));
    if (!answer) {
        if (answer.error().code == ErrorCode::kNotFound) spaces_.forget(page.space_id);
        return std::unexpected(answer.error());
    }
    return saved_from(*answer);
}

Result<SavedPage> CloudConfluence::update(const PageUpdate& update) {
    if (auto good = check_content_id(update.id, "page"); !good)
        return std::unexpected(good.error());
    json::object body{
        {"id", update.id},
        {"status", "current"},
        {"title", update.title},
        {"body", storage_json(update.body)},
        {"version", json::object({{"number", update.version}, {"message", update.message}})}};
    if (!update.parent_id.empty()) body["parentId"] = update.parent_id;
    const auto answer = session().send("PUT", page_path(update.id), json::serialize(body));
    if (!answer) return std::unexpected(answer.error());
    return saved_from(*answer);
}

// A page in the trash whose status is set to current comes back as it was; the body is ignored.
Result<SavedPage> CloudConfluence::restore(const PageUpdate& update) {
    return this->update(update);
}

// ---- properties -----------------------------------------------------------------------------

Result<std::optional<PageProperty>> CloudConfluence::find_property(
    const std::string& page_id, const std::string& key
) {
    if (auto good = check_content_id(page_id, "page"); !good) return std::unexpected(good.error());
    const auto list = session().get(page_path(page_id) + "/properties?key=" + percent_encoded(key));
    if (!list) return std::unexpected(list.error());
    return property_from(*list, key);
}

Result<void> CloudConfluence::write_property(
    const std::string& page_id,
    const std::string& key,
    const json::value& value,
    const std::optional<PageProperty>& existing
) {
    json::object body{{"key", key}, {"value", value}};
    std::string path = page_path(page_id) + "/properties";
    if (existing) {
        body["version"] = json::object({{"number", existing->version + 1}});
        path += "/" + percent_encoded(existing->id);
    }
    const auto answer = session().send(existing ? "PUT" : "POST", path, json::serialize(body));
    if (!answer) return std::unexpected(answer.error());
    return {};
}

}  // namespace

std::unique_ptr<Confluence> make_cloud_confluence(
    const SiteAccount& account,
    HttpClient& http,
    const Clock& clock,
    Millis timeout,
    CallWatch* watch
) {
    const SessionTarget target{
        .base_url = account.confluence_url,
        .authorization = account.for_confluence(),
        .probe_path = "/rest/api/user/current",
        .timeout = timeout,
        .watch = watch};
    return std::make_unique<CloudConfluence>(target, http, clock);
}

}  // namespace pagepress::worker
