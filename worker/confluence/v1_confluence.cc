// Confluence over its REST API v1, as developer.atlassian.com/server/confluence/rest (Data Center)
// and developer.atlassian.com/cloud/confluence/rest/v1 describe it.
#include "worker/confluence/v1_confluence.h"

#include <utility>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "common/json/json_value.h"
#include "worker/confluence/page_json.h"
#include "worker/confluence/v1_client.h"

namespace pagepress::worker {

namespace {

namespace json = boost::json;

constexpr std::size_t kPropertyPartsMax = 8;
constexpr std::size_t kSingleVersionsMax = 500;
constexpr V1Dialect kCloud{
    .versions_root = "/rest/api/content/",
    .sorts_pages = true,
    .takes_ids = false,
    .newest_pages = 250};
constexpr V1Dialect kDataCenter{
    .versions_root = "/rest/experimental/content/",
    .sorts_pages = false,
    .takes_ids = true,
    .newest_pages = 50};

std::string content_path(const std::string& id) {
    return "/rest/api/content/" + id;
}

json::object content_json(const std::string& title, const std::string& body) {
    return {
        {"type", "page"},
        {"status", "current"},
        {"title", title},
        {"body", json::object({{"storage", storage_json(body)}})}};
}

}  // namespace

// ---- one page -------------------------------------------------------------------------------

/// Content by id; empty if it is gone or hidden.
Result<std::optional<json::value>> V1Confluence::get_content(
    const std::string& id, const std::string& query
) {
    if (auto good = check_content_id(id, "page"); !good) return std::unexpected(good.error());
    auto answer = session().get(content_path(id) + "?" + query);
    if (!answer && answer.error().code == ErrorCode::kNotFound) return std::nullopt;
    if (!answer) return std::unexpected(std::move(answer.error()));
    return std::optional(*std::move(answer));
}

Result<std::optional<Page>> V1Confluence::page(const std::string& id, UnixMillis since) {
    const auto answer =
        get_content(id, "status=any&expand=" + std::string(kV1WithBody) + ",metadata.labels");
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return std::nullopt;
    auto page = content_from(**answer);
    if (!page) return std::unexpected(page.error());
    const auto newest = version_from((*answer)->at("version"), kV1Shape.version_time);
    if (!newest) return std::unexpected(newest.error());
    auto versions = versions_of(id, *newest, since);
    if (!versions) return std::unexpected(versions.error());
    page->versions = std::move(*versions);
    return std::optional<Page>(std::move(*page));
}

/// A past version is content of its own, with another id; the current one is none of the past.
Result<std::optional<Page>> V1Confluence::page_at(const std::string& id, std::int64_t version) {
    const std::string expand = "&expand=" + std::string(kV1WithBody);
    auto answer = get_content(id, "status=historical&version=" + std::to_string(version) + expand);
    if (answer && !*answer) answer = get_content(id, "status=any" + expand);
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return std::nullopt;
    auto page = content_from(**answer);
    if (!page) return std::unexpected(page.error());
    if (page->version != version) return std::nullopt;
    page->id = id;
    return std::optional<Page>(std::move(*page));
}

Result<std::vector<PageVersion>> V1Confluence::versions_of(
    const std::string& id, const PageVersion& newest, UnixMillis since
) {
    if (newest.created_at < since || newest.number <= 1) return std::vector{newest};
    if (lists_versions_) {
        const std::string root(dialect_.versions_root);
        auto list = list_versions(id, root + id + "/version?limit=200", since);
        if (list || list.error().code != ErrorCode::kNotFound) return list;
    }
    auto versions = versions_singly(id, newest, since);
    // A page that went away just now has no list either.
    if (versions && versions->size() > 1) lists_versions_ = false;
    return versions;
}

/// As every version of Confluence can tell them: one call each. Those that were removed are left
/// out.
Result<std::vector<PageVersion>> V1Confluence::versions_singly(
    const std::string& id, const PageVersion& newest, UnixMillis since
) {
    std::vector<PageVersion> all{newest};
    for (std::int64_t number = newest.number - 1; number >= 1; --number) {
        if (all.back().created_at < since) break;
        if (all.size() == kSingleVersionsMax) {
            return fail(
                ErrorCode::kTooLarge,
                "page " + id + " has more than " + std::to_string(all.size()) +
                    " versions to look through"
            );
        }
        const auto version = version_at(id, number);
        if (!version) return std::unexpected(version.error());
        if (*version) all.push_back(**version);
    }
    return all;
}

Result<std::optional<PageVersion>> V1Confluence::version_at(
    const std::string& id, std::int64_t version
) {
    const auto answer =
        get_content(id, "status=historical&version=" + std::to_string(version) + "&expand=version");
    if (!answer) return std::unexpected(answer.error());
    if (!*answer) return std::nullopt;
    const json::value* member = find(**answer, "version");
    auto read = version_from(member == nullptr ? json::value() : *member, kV1Shape.version_time);
    if (!read) return std::unexpected(read.error());
    return std::optional<PageVersion>(std::move(*read));
}

// ---- spaces ---------------------------------------------------------------------------------

Result<V1Confluence::Space> V1Confluence::space(const std::string& key) {
    if (const auto known = spaces_.find(key); known != spaces_.end()) return known->second;
    const auto answer =
        session().get("/rest/api/space/" + percent_encoded(key) + "?expand=homepage");
    if (!answer && answer.error().code == ErrorCode::kNotFound) {
        return std::unexpected(no_space(key));
    }
    if (!answer) return std::unexpected(answer.error());
    const json::value* homepage = find(*answer, "homepage");
    Space space{
        .key = string_at(*answer, "key"),
        .homepage = homepage == nullptr ? std::string() : string_at(*homepage, "id")};
    if (space.key.empty()) return fail(ErrorCode::kCorrupt, "Confluence sent a space without key");
    spaces_.emplace(space.key, space);
    return spaces_.insert_or_assign(key, std::move(space)).first->second;
}

Result<std::string> V1Confluence::space_id(const std::string& space_key) {
    auto found = space(space_key);
    if (!found) return std::unexpected(std::move(found.error()));
    return std::move(found->key);
}

/// The id of a space is its key here.
Result<std::string> V1Confluence::home_page(const std::string& space_id) {
    auto found = space(space_id);
    if (!found) return std::unexpected(std::move(found.error()));
    return std::move(found->homepage);
}

// ---- writing --------------------------------------------------------------------------------

/// Without a parent v1 would put the page beside the home page.
Result<SavedPage> V1Confluence::create(const NewPage& page) {
    const auto in = space(page.space_id);
    if (!in) return std::unexpected(in.error());
    const std::string& parent = page.parent_id.empty() ? in->homepage : page.parent_id;
    json::object body = content_json(page.title, page.body);
    body["space"] = json::object({{"key", in->key}});
    if (!parent.empty()) body["ancestors"] = json::array({json::object({{"id", parent}})});
    const auto answer = session().send(
        "POST", "/rest/api/content?expand=body.storage,version", json::serialize(body)
    );
    if (answer) return saved_from(*answer);
    // Another page may have become the home page.
    if (answer.error().code == ErrorCode::kNotFound) spaces_.clear();
    return std::unexpected(answer.error());
}

Result<SavedPage> V1Confluence::update(const PageUpdate& update) {
    if (auto good = check_content_id(update.id, "page"); !good) {
        return std::unexpected(good.error());
    }
    json::object body = content_json(update.title, update.body);
    body["id"] = update.id;
    body["version"] = json::object({{"number", update.version}, {"message", update.message}});
    if (!update.parent_id.empty()) {
        body["ancestors"] = json::array({json::object({{"id", update.parent_id}})});
    }
    const auto answer = session().send("PUT", content_path(update.id), json::serialize(body));
    if (!answer) return std::unexpected(answer.error());
    return saved_from(*answer);
}

// Content in the trash whose status is set to current comes back as it was.
Result<SavedPage> V1Confluence::restore(const PageUpdate& update) {
    return this->update(update);
}

// ---- properties -----------------------------------------------------------------------------

/// By the list: asking for a key that the page does not have would doubt the credentials.
Result<std::optional<PageProperty>> V1Confluence::find_property(
    const std::string& page_id, const std::string& key
) {
    if (auto good = check_content_id(page_id, "page"); !good) return std::unexpected(good.error());
    std::optional<PageProperty> found;
    const auto done = walk(
        {.path = content_path(page_id) + "/property?expand=version&limit=100",
         .parts_max = kPropertyPartsMax},
        [&](const json::value& part) -> Result<bool> {
            found = property_from(part, key);
            return !found.has_value();
        }
    );
    if (!done) return std::unexpected(done.error());
    return found;
}

/// Version 1 creates, and fails with 409 where the property is there already.
Result<void> V1Confluence::write_property(
    const std::string& page_id,
    const std::string& key,
    const json::value& value,
    const std::optional<PageProperty>& existing
) {
    const std::int64_t version = existing ? existing->version + 1 : 1;
    json::object body{
        {"key", key}, {"value", value}, {"version", json::object({{"number", version}})}};
    if (existing) body["id"] = existing->id;
    const auto path = content_path(page_id) + "/property/" + percent_encoded(key);
    const auto answer = session().send("PUT", path, json::serialize(body));
    if (!answer) return std::unexpected(answer.error());
    return {};
}

std::unique_ptr<Confluence> make_v1_confluence(
    Site::Flavour flavour,
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
    const bool is_cloud = flavour == Site::Flavour::kCloud;
    return std::make_unique<V1Confluence>(target, is_cloud ? kCloud : kDataCenter, http, clock);
}

}  // namespace pagepress::worker
