// JSON of Confluence's API v1 for what the model holds.
#include <algorithm>

#include <fmt/format.h>

#include "tests/support/fake_atlassian/content_exchange.h"

namespace pagepress::test {

namespace {

namespace json = boost::json;

bool has(const std::vector<std::string>& list, std::string_view item) {
    return std::ranges::find(list, item) != list.end();
}

bool is_data_center(const Exchange& exchange) {
    return exchange.flavour == Flavour::kDataCenter;
}

std::string time_of(const Exchange& exchange, UnixMillis time) {
    std::string text = confluence_time(time);
    // Data Center writes the zone of its server.
    if (is_data_center(exchange)) text.replace(text.size() - 1, 1, "+00:00");
    return text;
}

json::object user_json(const Exchange& exchange, const std::string& account) {
    json::object user{{"type", "known"}, {"displayName", "Service Account"}};
    if (is_data_center(exchange)) {
        user["username"] = account;
        user["userKey"] = "8a7f8081" + std::to_string(account.size());
    } else {
        user["accountId"] = account;
        user["accountType"] = "atlassian";
    }
    return user;
}

json::array ancestors_json(const Exchange& exchange, const StoredPage& page) {
    json::array ancestors;
    const auto& pages = exchange.confluence.pages();
    for (auto at = pages.find(page.parent); at != pages.end(); at = pages.find(at->second.parent)) {
        ancestors.insert(
            ancestors.begin(),
            json::object{
                {"id", std::to_string(at->first)},
                {"type", "page"},
                {"status", name_of(at->second.status)},
                {"title", at->second.latest().title}}
        );
    }
    return ancestors;
}

json::object history_json(const Exchange& exchange, const StoredPage& page) {
    return {
        {"latest", true},
        {"createdBy", user_json(exchange, page.author)},
        {"createdDate", time_of(exchange, page.created_at)},
        {"_expandable", json::object{{"lastUpdated", ""}, {"previousVersion", ""}}}};
}

json::object body_json(const StoredVersion& version) {
    return {
        {"storage",
         json::object{{"value", json::string(*version.body)}, {"representation", "storage"}}}};
}

json::object metadata_json(const StoredPage& page) {
    json::array labels = label_list(page);
    const auto size = labels.size();
    return {
        {"labels",
         json::object{
             {"results", std::move(labels)}, {"start", 0}, {"limit", 200}, {"size", size}}}};
}

json::array operations_json() {
    json::array operations;
    for (const char* const operation : {"read", "update", "delete"}) {
        operations.push_back(json::object{{"operation", operation}, {"targetType", "page"}});
    }
    return operations;
}

}  // namespace

std::vector<std::string> expansions(
    const Exchange& exchange, std::initializer_list<std::string_view> fallback
) {
    auto asked = query_list(exchange.request, "expand");
    if (asked.empty()) asked.assign(fallback.begin(), fallback.end());
    return asked;
}

json::object v1_version_json(
    const Exchange& exchange, ContentId page, const StoredVersion& version
) {
    json::object out{
        {"by", user_json(exchange, version.author)},
        {"when", time_of(exchange, version.created_at)},
        {"message", version.message},
        {"number", version.number},
        {"minorEdit", false}};
    if (is_data_center(exchange)) {
        out["hidden"] = false;
        out["_links"] = json::object{
            {"self",
             fmt::format(
                 "{}{}/rest/experimental/content/{}/version/{}",
                 exchange.base_url,
                 exchange.context,
                 page,
                 version.number
             )}};
    }
    return out;
}

json::object v1_space_json(
    const Exchange& exchange, const StoredSpace& space, const std::vector<std::string>& expand
) {
    json::object out{
        {"id", space.id},
        {"key", space.key},
        {"name", space.name},
        {"type", "global"},
        {"status", "current"},
        {"_links",
         json::object{
             {"self",
              fmt::format(
                  "{}{}/rest/api/space/{}", exchange.base_url, exchange.context, space.key
              )}}}};
    if (has(expand, "homepage")) {
        const auto& pages = exchange.confluence.pages();
        if (const auto home = pages.find(space.homepage); home != pages.end()) {
            out["homepage"] = content_json(exchange, home->second, home->second.latest(), {});
        }
    }
    // Data Center has no such expansion, and leaves out what it does not know.
    if (has(expand, "operations") && !is_data_center(exchange)) {
        json::array operations;
        operations.push_back(json::object{{"operation", "create"}, {"targetType", "page"}});
        out["operations"] = std::move(operations);
    }
    return out;
}

json::object content_json(
    const Exchange& exchange,
    const StoredPage& page,
    const StoredVersion& version,
    const std::vector<std::string>& expand
) {
    const StoredSpace& space = *exchange.confluence.space_by_id(page.space);
    const bool is_past = version.number != page.latest().number;
    const std::string id = std::to_string(page.id);
    json::object out{
        {"id", is_past ? fmt::format("{}{:04}", id, version.number) : id},
        {"type", "page"},
        {"status", is_past ? "historical" : name_of(page.status)},
        {"title", version.title},
        {"_links",
         json::object{
             {"webui", fmt::format("/pages/viewpage.action?pageId={}", id)},
             {"self",
              fmt::format("{}{}/rest/api/content/{}", exchange.base_url, exchange.context, id)}}},
        {"_expandable",
         json::object{
             {"children", "/rest/api/content/" + id + "/child"},
             {"descendants", "/rest/api/content/" + id + "/descendant"}}}};
    if (has(expand, "space")) out["space"] = v1_space_json(exchange, space, {});
    if (has(expand, "history")) out["history"] = history_json(exchange, page);
    if (has(expand, "version")) out["version"] = v1_version_json(exchange, page.id, version);
    if (has(expand, "ancestors")) out["ancestors"] = ancestors_json(exchange, page);
    if (has(expand, "body.storage")) out["body"] = body_json(version);
    if (has(expand, "metadata.labels")) out["metadata"] = metadata_json(page);
    if (has(expand, "operations")) out["operations"] = operations_json();
    return out;
}

}  // namespace pagepress::test
