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
#include "worker/confluence/page_json.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kVersionPartsMax = 100;  ///< of 50 versions each
constexpr std::size_t kNewestPages = 250;
/// With bodies of up to 5 MB each, so many still fit into one answer.
constexpr std::size_t kLargePagesPerAnswer = 4;
constexpr std::size_t kTitlePartsMax = 8;
/// Confluence takes 250 ids; so many fit into a request line of 3 KiB.
constexpr std::size_t kPagesPerQuestion = 100;
constexpr int kPropertyTries = 4;

/// Ids come from people too; one that is no number must not become a part of a path.
Result<void> check_id(const std::string& id, const char* what) {
    if (is_numeric_id(id)) return {};
    return fail(ErrorCode::kInvalidInput, std::string(what) + " id '" + id + "' is not a number");
}

std::string page_path(const std::string& id) {
    return "/api/v2/pages/" + id;
}

class CloudConfluence final : public Confluence {
public:
    CloudConfluence(const SessionTarget& target, HttpClient& http, const Clock& clock)
        : base_url_(target.base_url), session_(target, http, clock) {}

    Result<std::optional<Page>> page(const std::string& id, UnixMillis since) override;
    Result<std::optional<Page>> page_at(const std::string& id, std::int64_t version) override;
    Result<std::vector<Page>> find_by_title(const std::string& space_id, const std::string& title)
        override;
    Result<std::vector<Page>> newest_pages(const std::string& space_id) override;

    Result<std::string> space_id(const std::string& space_key) override {
        return spaces_.id(space_key);
    }

    Result<std::string> home_page(const std::string& space_id) override {
        if (auto good = check_id(space_id, "space"); !good) return std::unexpected(good.error());
        return spaces_.home_page(space_id);
    }

    Result<std::vector<std::string>> pages_in_space(
        const std::string& space_id, const std::vector<std::string>& page_ids
    ) override;
    Result<SavedPage> create(const NewPage& page) override;
    Result<SavedPage> update(const PageUpdate& update) override;
    Result<SavedPage> restore(const PageUpdate& update) override;
    Result<std::optional<PageProperty>> property(const std::string& page_id, const std::string& key)
        override;
    Result<void> set_property(
        const std::string& page_id, const std::string& key, const std::string& value
    ) override;
    Result<void> add_labels(const std::string& page_id, const std::vector<std::string>& labels)
        override;

    [[nodiscard]] std::string page_url(const std::string& page_id) const override {
        return base_url_ + "/pages/viewpage.action?pageId=" + page_id;
    }

private:
    struct ListRequest {
        std::string path;
        std::size_t parts_max;
    };

    Result<std::optional<json::value>> get_page(const std::string& id, const std::string& query);
    Result<std::vector<PageVersion>> list_versions(const std::string& id, UnixMillis since);
    Result<std::vector<Page>> list_pages(const ListRequest& request);
    Result<std::optional<PageProperty>> find_property(
        const std::string& page_id, const std::string& key
    );
    Result<void> write_property(
        const std::string& page_id,
        const std::string& key,
        const json::value& value,
        const std::optional<PageProperty>& existing
    );

    const std::string base_url_;
    Session session_;
    CloudSpaces spaces_{session_, base_url_};
};

// ---- reading --------------------------------------------------------------------------------

/// The page's document with its body; empty if it is gone or hidden.
Result<std::optional<json::value>> CloudConfluence::get_page(
    const std::string& id, const std::string& query
) {
    if (auto good = check_id(id, "page"); !good) return std::unexpected(good.error());
    auto answer = session_.get(page_path(id) + "?body-format=storage&" + query);
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
        auto versions = versions_from(*included);
        if (!versions) return std::unexpected(versions.error());
        page->versions = std::move(*versions);
        sort_newest_first(page->versions);
    }
    if (!are_versions_complete(included, *page, since)) {
        auto versions = list_versions(id, since);
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

Result<std::vector<PageVersion>> CloudConfluence::list_versions(
    const std::string& id, UnixMillis since
) {
    std::vector<PageVersion> all;
    std::string path = page_path(id) + "/versions?limit=50&sort=-modified-date";
    for (std::size_t part = 0; part < kVersionPartsMax; ++part) {
        const auto list = session_.get(path);
        if (!list) return std::unexpected(list.error());
        const auto versions = versions_from(*list);
        if (!versions) return std::unexpected(versions.error());
        all.insert(all.end(), versions->begin(), versions->end());
        auto next = next_path_of(*list);
        if (!next) return std::unexpected(next.error());
        const bool has_older = std::any_of(versions->begin(), versions->end(), [&](const auto& v) {
            return v.created_at < since;
        });
        if (next->empty() || has_older) {
            sort_newest_first(all);
            return all;
        }
        path = std::move(*next);
    }
    return fail(
        ErrorCode::kTooLarge,
        "page " + id + " has more than " + std::to_string(all.size()) + " versions to look through"
    );
}

Result<std::vector<Page>> CloudConfluence::list_pages(const ListRequest& request) {
    std::vector<Page> pages;
    std::string path = request.path;
    for (std::size_t part = 0; part < request.parts_max && !path.empty(); ++part) {
        const auto list = session_.get(path);
        if (!list) return std::unexpected(list.error());
        const json::array* results = results_of(*list);
        if (results == nullptr) {
            return fail(ErrorCode::kCorrupt, "Confluence sent a list of pages without results");
        }
        for (const json::value& entry : *results) {
            auto page = page_from(entry);
            if (!page) return std::unexpected(page.error());
            pages.push_back(std::move(*page));
        }
        auto next = next_path_of(*list);
        if (!next) return std::unexpected(next.error());
        path = std::move(*next);
    }
    return pages;
}

Result<std::vector<Page>> CloudConfluence::find_by_title(
    const std::string& space_id, const std::string& title
) {
    if (auto good = check_id(space_id, "space"); !good) return std::unexpected(good.error());
    auto pages = list_pages(
        {.path = "/api/v2/pages?space-id=" + space_id + "&title=" + percent_encoded(title) +
                 "&status=current&status=archived&body-format=storage",
         .parts_max = kTitlePartsMax}
    );
    if (!pages) return pages;
    // At most two have the title; the listing is known to match other titles on some paths.
    std::erase_if(*pages, [&](const Page& page) { return !is_same_title(page.title, title); });
    return pages;
}

Result<std::vector<Page>> CloudConfluence::newest_pages(const std::string& space_id) {
    if (auto good = check_id(space_id, "space"); !good) return std::unexpected(good.error());
    // A page that somebody has put into the trash meanwhile was created all the same.
    const std::string path = "/api/v2/pages?space-id=" + space_id +
                             "&sort=-created-date&status=current&status=archived&status=trashed"
                             "&body-format=storage&limit=";
    auto pages = list_pages({.path = path + std::to_string(kNewestPages), .parts_max = 1});
    if (pages || pages.error().code != ErrorCode::kTooLarge) return pages;
    return list_pages(
        {.path = path + std::to_string(kLargePagesPerAnswer),
         .parts_max = (kNewestPages + kLargePagesPerAnswer - 1) / kLargePagesPerAnswer}
    );
}

Result<std::vector<std::string>> CloudConfluence::pages_in_space(
    const std::string& space_id, const std::vector<std::string>& page_ids
) {
    if (auto good = check_id(space_id, "space"); !good) return std::unexpected(good.error());
    std::vector<std::string> found;
    for (std::size_t from = 0; from < page_ids.size(); from += kPagesPerQuestion) {
        const std::size_t end = std::min(page_ids.size(), from + kPagesPerQuestion);
        std::string path =
            "/api/v2/pages?space-id=" + space_id + "&limit=" + std::to_string(kPagesPerQuestion);
        for (std::size_t i = from; i < end; ++i) {
            if (auto good = check_id(page_ids[i], "page"); !good) {
                return std::unexpected(good.error());
            }
            path.append("&id=").append(page_ids[i]);
        }
        auto pages = list_pages({.path = std::move(path), .parts_max = kPagesPerQuestion});
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
    const auto answer = session_.send("POST", "/api/v2/pages", json::serialize(body));
    if (!answer) {
        if (answer.error().code == ErrorCode::kNotFound) spaces_.forget(page.space_id);
        return std::unexpected(answer.error());
    }
    return saved_from(*answer);
}

Result<SavedPage> CloudConfluence::update(const PageUpdate& update) {
    if (auto good = check_id(update.id, "page"); !good) return std::unexpected(good.error());
    json::object body{
        {"id", update.id},
        {"status", "current"},
        {"title", update.title},
        {"body", storage_json(update.body)},
        {"version", json::object({{"number", update.version}, {"message", update.message}})}};
    if (!update.parent_id.empty()) body["parentId"] = update.parent_id;
    const auto answer = session_.send("PUT", page_path(update.id), json::serialize(body));
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
    if (auto good = check_id(page_id, "page"); !good) return std::unexpected(good.error());
    const auto list = session_.get(page_path(page_id) + "/properties?key=" + percent_encoded(key));
    if (!list) return std::unexpected(list.error());
    return property_from(*list, key);
}

Result<std::optional<PageProperty>> CloudConfluence::property(
    const std::string& page_id, const std::string& key
) {
    auto found = find_property(page_id, key);
    if (!found && found.error().code == ErrorCode::kNotFound) return std::optional<PageProperty>();
    return found;
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
    const auto answer = session_.send(existing ? "PUT" : "POST", path, json::serialize(body));
    if (!answer) return std::unexpected(answer.error());
    return {};
}

Result<void> CloudConfluence::set_property(
    const std::string& page_id, const std::string& key, const std::string& value
) {
    const auto wanted = parse_json(value, "the value of the property '" + key + "'");
    if (!wanted) return fail(ErrorCode::kInvalidInput, wanted.error().message);
    Error last{.code = ErrorCode::kConflict, .message = {}};
    for (int turn = 0; turn < kPropertyTries; ++turn) {
        const auto existing = find_property(page_id, key);
        if (!existing) {
            last = existing.error();
            break;
        }
        if (*existing && (*existing)->value == json::serialize(*wanted)) return {};
        auto written = write_property(page_id, key, *wanted, *existing);
        if (written) return {};
        last = std::move(written.error());
        // Somebody created, changed or (404) deleted it since it was read.
        const bool is_race =
            last.code == ErrorCode::kConflict || (*existing && last.code == ErrorCode::kNotFound);
        if (!is_race) break;
    }
    // A page that was just created can read as 404 for a moment.
    if (last.code == ErrorCode::kNotFound) last.code = ErrorCode::kUnavailable;
    return std::unexpected(std::move(last));
}

// ---- labels ---------------------------------------------------------------------------------

// API v2 only reads them.
Result<void> CloudConfluence::add_labels(
    const std::string& page_id, const std::vector<std::string>& labels
) {
    if (auto good = check_id(page_id, "page"); !good) return good;
    const std::string body = json::serialize(labels_json(labels));
    const auto answer = session_.send("POST", "/rest/api/content/" + page_id + "/label", body);
    if (answer) return {};
    Error error = answer.error();
    // A page that was just created can read as 404 for a moment.
    if (error.code == ErrorCode::kNotFound) error.code = ErrorCode::kUnavailable;
    // A token that may do all but this is no reason to leave the whole site alone.
    const bool lacks_scope = error.message.contains("scope");
    if (error.code == ErrorCode::kCredentialsRejected && lacks_scope)
        error.code = ErrorCode::kForbidden;
    return std::unexpected(std::move(error));
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
        .authorization = account.authorization,
        .probe_path = "/rest/api/user/current",
        .timeout = timeout,
        .watch = watch};
    return std::make_unique<CloudConfluence>(target, http, clock);
}

}  // namespace pagepress::worker
